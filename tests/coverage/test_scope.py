"""Who reads which numbers: exact in one's own areas, nothing elsewhere, never a part of an area."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Forbidden
from gis.coverage.circles import circles
from gis.coverage.export import export_coverage
from gis.coverage.model import CoverageAnswer, ask
from gis.coverage.service import answer_for, building_answer, stored_layer
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.db.scope import MAINTENANCE, scoped
from gis.db.tiles import TileAddress, vector_tile

from .askers import COMMUNITY, DISTRICT, as_planner
from .place import GRIDS

pytestmark = pytest.mark.db
CENTER = ask(["party_mass_center"], metres=500)


def residents(given: CoverageAnswer, level: str) -> dict[str, tuple[int | None, int | None]]:
    return {a.code: (a.shares["residents"].covered, a.shares["residents"].total) for a in given.areas[level]}


def test_own_areas_are_exact_and_all_others_say_nothing(place_web: Engine, place_engine: Engine) -> None:
    got = answer_for(as_planner(place_web, place_engine, GRIDS[1]), CENTER)
    assert residents(got, "grid") == {GRIDS[0]: (None, None), GRIDS[1]: (30, 120)}
    assert residents(got, "community") == {COMMUNITY: (None, None)}
    assert {one.code: one.suppressed for one in got.areas["grid"]} == {GRIDS[0]: True, GRIDS[1]: False}
    assert (got.suppressed, got.reasons) == (True, [])
    assert all((s.covered, s.total, s.rate) == (None, None, None) for s in got.totals.values())
    mine = answer_for(as_planner(place_web, place_engine, GRIDS[1]), replace(CENTER, area=GRIDS[1]))
    assert mine.totals["residents"].total == 120
    assert mine.reasons == [("unlinked", 1, 50), ("distance", 1, 40)]


def test_who_reads_the_people_of_everything_reads_the_totals(place_web: Engine, place_engine: Engine) -> None:
    got = answer_for(as_planner(place_web, place_engine, DISTRICT), CENTER)
    assert (got.suppressed, got.totals["residents"].total) == (False, 150)
    owner = answer_for(place_engine, CENTER)
    assert (owner.totals, owner.areas, owner.reasons) == (got.totals, got.areas, got.reasons)


def test_what_stands_beside_the_answer_is_cut_as_the_answer(place_web: Engine, place_engine: Engine) -> None:
    got = answer_for(as_planner(place_web, place_engine, GRIDS[1]), CENTER)
    told = [share.total for part in (got.overlap, got.straight) for share in part.values()]
    assert set(told) == {None}
    assert got.borderline == {"buildings": None, "residents": None}
    whole = answer_for(as_planner(place_web, place_engine, DISTRICT), CENTER)
    assert whole.straight["residents"].total == whole.overlap["residents"].total == 150
    assert whole.borderline["residents"] is not None


@pytest.mark.parametrize("people", [GRIDS[1], None])
def test_with_capacity_nothing_is_told_to_who_reads_a_part(
    place_web: Engine, place_engine: Engine, people: str | None
) -> None:
    """Coverage of everything does not do: room weighs people, wherever the question is about."""
    asker, own = as_planner(place_web, place_engine, DISTRICT, people=people), GRIDS[1]
    for question in (replace(CENTER, capacity=True), replace(CENTER, capacity=True, area=own)):
        for door in (
            lambda: answer_for(asker, question),  # noqa: B023
            lambda: building_answer(asker, "b3", question),  # noqa: B023
            lambda: circles(asker, question),  # noqa: B023
            lambda: stored_layer(asker, question),  # noqa: B023
            lambda: export_coverage(asker, question, "geojson"),  # noqa: B023
        ):
            with pytest.raises(Forbidden) as refused:
                door()
            assert refused.value.code == "capacity_needs_people"
    whole = as_planner(place_web, place_engine, DISTRICT)
    assert answer_for(whole, question).totals == answer_for(place_engine, question).totals
    assert answer_for(asker, CENTER).suppressed  # the control: without capacity they are answered


def test_another_permission_or_no_scope_reads_no_people(place_web: Engine, place_engine: Engine) -> None:
    for asker in (as_planner(place_web, place_engine, DISTRICT, people=None), place_web):
        got = answer_for(asker, CENTER)
        assert got.suppressed
        assert set(residents(got, "grid").values()) == {(None, None)}
        assert got.stations["existing"] == 1


def test_an_area_outside_is_refused_and_one_above_is_not(place_web: Engine, place_engine: Engine) -> None:
    asker = as_planner(place_web, place_engine, GRIDS[1])
    for question in (replace(CENTER, area=COMMUNITY), replace(CENTER, area=DISTRICT)):
        assert answer_for(asker, question).suppressed
    wrong = replace(CENTER, area=GRIDS[0])
    for door in (
        lambda: answer_for(asker, wrong),
        lambda: building_answer(asker, "b0", wrong),
        lambda: circles(asker, wrong),
        lambda: stored_layer(asker, wrong),
        lambda: export_coverage(asker, wrong, "geojson"),
    ):
        with pytest.raises(Forbidden, match="outside_scope"):
            door()


def test_a_building_elsewhere_keeps_its_people_and_address_to_itself(
    place_web: Engine, place_engine: Engine
) -> None:
    asker = as_planner(place_web, place_engine, GRIDS[1])
    mine, other = building_answer(asker, "b3", CENTER), building_answer(asker, "b0", CENTER)
    assert (mine.residents, mine.households, mine.suppressed) == (40, 13, False)
    assert (other.residents, other.households, other.address, other.suppressed) == (None, None, None, True)
    assert other.covered
    assert other.nearest is not None


def test_an_export_holds_own_buildings_and_leaves_one_audit_row(
    place_web: Engine, place_engine: Engine
) -> None:
    asker = as_planner(place_web, place_engine, GRIDS[1])
    before = audits(place_engine)
    made = export_coverage(asker, CENTER, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(made.content), read_only=True)
    homes = list(book["楼栋"].iter_rows(values_only=True))
    assert [row[0] for row in homes[1:]] == ["b2", "b3", "b4"]
    assert [row[0] for row in book["网格"].iter_rows(values_only=True)][1:] == [GRIDS[1]]
    assert [row[0] for row in book["社区"].iter_rows(values_only=True)][1:] == []
    for row in list(book["汇总"].iter_rows(values_only=True))[1:]:
        assert [cell for cell in row[1:] if cell is not None] == []
    assert audits(place_engine) == before + 1
    with pytest.raises(Forbidden, match="outside_scope"):
        export_coverage(as_planner(place_web, place_engine, GRIDS[1], people=GRIDS[0]), CENTER, "xlsx")
    assert audits(place_engine) == before + 1


def audits(owner: Engine) -> int:
    with owner.connect() as connection:
        return int(
            connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'coverage.export'")) or 0
        )


def test_all_askers_share_one_place_and_the_owner_another(place_web: Engine, place_engine: Engine) -> None:
    first = current_world(as_planner(place_web, place_engine, GRIDS[0]))
    assert current_world(as_planner(place_web, place_engine, GRIDS[1])) is first
    assert first.buildings["actual"].sum() == 150
    assert current_world(scoped(place_engine, MAINTENANCE)) is current_world(place_engine)


def test_the_tile_leaves_out_the_residents_of_others(place_web: Engine, place_engine: Engine) -> None:
    layer, limit, margin = stored_layer(as_planner(place_web, place_engine, DISTRICT), CENTER)
    seen = {}
    for code in (GRIDS[0], DISTRICT, None):
        with unit_of_work(as_planner(place_web, place_engine, code)) as session:
            seen[code] = vector_tile(
                session, "gis.coverage", "tile_coverage", TileAddress(14, 13954, 5844),
                layer=layer, limit=limit, margin=margin,
            )  # fmt: skip
    assert len(seen[None]) < len(seen[GRIDS[0]]) < len(seen[DISTRICT])
