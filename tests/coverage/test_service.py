"""Coverage on a place that can be checked by hand, from the database."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from gis.base.errors import Invalid, NotFound
from gis.coverage import store
from gis.coverage.circles import circles
from gis.coverage.model import ask
from gis.coverage.service import answer, building_answer, coverage_answer, stored_layer
from gis.coverage.tables import Reach, ReachLayer
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.register.tables import Building, BuildingPeople, Station

from .place import GRIDS

pytestmark = pytest.mark.db
CENTER = ["party_mass_center"]


def test_only_existing_stations_of_the_types_asked_for_cover_by_the_walked_distance(
    place_engine: Engine,
) -> None:
    got = coverage_answer(place_engine, CENTER, metres=500)
    # 90+10, 290+10, 490+10 m from st0 at 0 (façade nearest the street); the planned st1 and the micro-station do not count
    assert (got.totals["buildings"].covered, got.totals["buildings"].total) == (3, 5)
    assert (got.totals["residents"].covered, got.totals["residents"].total) == (60, 150)
    assert got.totals["age_60_plus"].rate == pytest.approx(9 / 15)
    assert got.stations == {"existing": 1, "under_construction": 0, "planned": 1, "closed": 0, "open": 1}
    assert got.reasons == [("unlinked", 1, 50), ("distance", 1, 40)]
    both = coverage_answer(place_engine, [*CENTER, "micro_station"], metres=500)
    assert both.totals["residents"].covered == 100


def test_numbers_come_by_grid_community_and_subdistrict(place_engine: Engine) -> None:
    got = coverage_answer(place_engine, CENTER, metres=500)
    grids = {a.code: a.shares["residents"] for a in got.areas["grid"]}
    assert [(grids[c].covered, grids[c].total) for c in GRIDS] == [(30, 30), (30, 120)]
    assert [a.code for a in got.areas["community"]] == ["230199001001"]
    assert got.areas["subdistrict"][0].shares["residents"].total == 150
    one = coverage_answer(place_engine, CENTER, metres=500, area=GRIDS[0])
    assert one.totals["residents"].total == 30
    assert one.totals["residents"].rate == 1
    assert [a.code for a in one.areas["grid"]] == [GRIDS[0]]
    assert one.areas["community"] == []


def test_minutes_go_by_the_profile(place_engine: Engine) -> None:
    standard = coverage_answer(place_engine, CENTER, minutes=5, profile="standard")
    elderly = coverage_answer(place_engine, CENTER, minutes=5, profile="elderly")
    assert standard.totals["buildings"].covered == 2  # 300 s at 1 m/s
    assert elderly.totals["buildings"].covered == 1  # 240 m


def test_a_type_without_existing_stations_covers_nobody(place_engine: Engine) -> None:
    got = coverage_answer(place_engine, ["warm_stop"], minutes=15)
    assert got.totals["buildings"].covered == 0
    assert got.reasons == [("unlinked", 1, 50), ("distance", 4, 100)]


def test_wrong_questions_are_refused_by_name(place_engine: Engine) -> None:
    for wrong, code in (
        ({"minutes": 5, "metres": 300}, "limit_unit"),
        ({}, "limit_unit"),
        ({"minutes": 0}, "limit_out_of_range"),
        ({"metres": 3001}, "limit_out_of_range"),
        ({"minutes": 5, "profile": "bird"}, "unknown_profile"),
        ({"minutes": 5, "profile": "metres"}, "limit_out_of_range"),
    ):
        with pytest.raises(Invalid, match=code):
            coverage_answer(place_engine, CENTER, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="station_types"):
        coverage_answer(place_engine, [" "], minutes=5)
    with pytest.raises(NotFound, match="area_not_found"):
        coverage_answer(place_engine, CENTER, minutes=5, area="999999")


def test_invented_types_are_refused_and_nothing_is_stored(changeable_engine: Engine) -> None:
    world = current_world(changeable_engine)
    for types in (["x"], [*CENTER, "x"]):
        question = ask(types, metres=300)
        for asked in (
            lambda question=question: answer(world, question),
            lambda question=question: building_answer(changeable_engine, "b3", question),
            lambda question=question: stored_layer(changeable_engine, question),
            lambda question=question: circles(changeable_engine, question),
        ):
            with pytest.raises(Invalid, match="unknown_station_type"):
                asked()
    with Session(changeable_engine) as session:
        assert session.scalar(select(func.count()).select_from(ReachLayer)) == 0
    assert answer(world, ask(["market"], metres=300)).stations["existing"] == 0, (
        "known, though none stands here"
    )
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st2").values(type="city_made"))
    assert coverage_answer(changeable_engine, ["city_made"], metres=300).stations["existing"] == 1


def test_many_layers_do_not_push_out_the_first(
    changeable_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_LAYERS", 3)
    first, _, _ = stored_layer(changeable_engine, ask(CENTER, minutes=15))
    for more in ("market", "metro", "shelter", "bus_stop"):
        newest, _, _ = stored_layer(changeable_engine, ask([more], minutes=15))
    with Session(changeable_engine) as session:
        kept = set(session.scalars(select(ReachLayer.id)))
    assert len(kept) == 3
    assert {first, newest} <= kept


def test_a_building_says_its_stations_its_walk_and_why_not(place_engine: Engine) -> None:
    question = ask([*CENTER, "micro_station"], metres=300)
    got = building_answer(place_engine, "b3", question)
    assert got.covered
    assert got.nearest is not None
    assert got.second is not None
    assert (got.nearest.code, got.second.code) == ("st2", "st0")
    assert got.nearest.distance_m == pytest.approx(200, abs=0.5)
    assert got.second.distance_m == pytest.approx(700, abs=0.5)
    assert got.path is not None
    assert np.all(np.abs(got.path - [126.6264, 45.7601]) < 0.01)
    assert got.name == "3号楼"
    lost = building_answer(place_engine, "b4", question)
    assert (lost.covered, lost.reason, lost.nearest, lost.path) == (False, "unlinked", None, None)
    with pytest.raises(NotFound, match="building_not_found"):
        building_answer(place_engine, "b44", question)


def test_near_the_limit_is_borderline(place_engine: Engine) -> None:
    assert building_answer(place_engine, "b2", ask(CENTER, metres=510)).borderline
    assert building_answer(place_engine, "b2", ask(CENTER, metres=490)).borderline
    assert not building_answer(place_engine, "b2", ask(CENTER, metres=600)).borderline


def test_a_layer_is_stored_once_and_made_again_when_a_station_opens(changeable_engine: Engine) -> None:
    question = ask(CENTER, metres=500)
    layer, limit, margin = stored_layer(changeable_engine, question)
    assert (limit, margin) == (500_000_000, 25_000_000)
    assert stored_layer(changeable_engine, question)[0] == layer
    with Session(changeable_engine) as session:
        rows = session.scalars(select(Reach).where(Reach.layer_id == layer)).all()
        version = session.scalar(select(ReachLayer.network_version).where(ReachLayer.id == layer))
    assert len(rows) == 6
    assert sum(r.cost is None for r in rows) == 1
    assert all((r.cost is None) == (r.station_id is None) for r in rows)
    assert version == current_world(changeable_engine).version
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st1").values(status="existing"))
    assert stored_layer(changeable_engine, question)[0] == layer
    with Session(changeable_engine) as session:
        assert session.scalar(select(ReachLayer.network_version).where(ReachLayer.id == layer)) != version
        near = session.scalar(select(func.count()).select_from(Reach).where(Reach.second_cost.is_not(None)))
    assert near == 5
    assert coverage_answer(changeable_engine, CENTER, metres=500).totals["residents"].covered == 100


def test_counting_people_again_keeps_the_distances(changeable_engine: Engine) -> None:
    before = current_world(changeable_engine)
    coverage_answer(changeable_engine, CENTER, metres=500)
    with unit_of_work(changeable_engine) as session:
        home = select(Building.id).where(Building.code == "b0").scalar_subquery()
        session.execute(update(BuildingPeople).where(BuildingPeople.building_id == home).values(actual=11))
    after = current_world(changeable_engine)
    assert after is not before
    assert (after.version, after.prepared()) == (before.version, before.prepared())
    assert coverage_answer(changeable_engine, CENTER, metres=500).totals["residents"].total == 151


def test_the_archive_on_disk_gives_the_same_place(
    place_engine: Engine, cluster: object, tmp_path: Path
) -> None:
    from gis.coverage.world import World

    seen = current_world(place_engine)
    first = World(seen.layers, seen.areas, seen.version, seen.read_at, tmp_path)
    made = first.prepared()
    assert len(list(tmp_path.glob("walking-*.npz"))) == 1
    again = World(seen.layers, seen.areas, seen.version, seen.read_at, tmp_path).prepared()
    for part in ("network", "building_links", "station_links", "direct"):
        for name in type(getattr(made, part)).__slots__:
            ours, theirs = getattr(getattr(made, part), name), getattr(getattr(again, part), name)
            assert np.array_equal(ours, theirs) if isinstance(ours, np.ndarray) else ours == theirs
    next(tmp_path.glob("walking-*.npz")).write_bytes(b"torn")
    assert World(seen.layers, seen.areas, seen.version, seen.read_at, tmp_path).prepared().crs == made.crs
