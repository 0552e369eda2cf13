"""Deficits of a place checked by hand, and what of them somebody may read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from gis.base.errors import Forbidden, Invalid, InvalidFile, NotFound
from gis.coverage.deficits_model import Deficit, DeficitAnswer
from gis.coverage.deficits_service import deficit_answer, housing_need, import_standards
from gis.coverage.in_scenario import in_scenario
from gis.coverage.scenarios import create_scenario
from gis.coverage.standards import COMMUNITY_ROOMS
from gis.db.engine import unit_of_work
from gis.register.tables import BuildingPeople, Station

from .askers import COMMUNITY, DISTRICT, as_planner
from .place import GRIDS
from .test_editing import lonlat
from .test_standards import SHIPPED

pytestmark = pytest.mark.db


def row(given: DeficitAnswer, kind: str) -> Deficit:
    return next(one for one in given.rows if one.type == kind)


def test_the_party_mass_circle_of_the_place(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st0").values(floor_area_m2=400.0))
    given = deficit_answer(changeable_engine, standards="party_mass")
    center, micro = row(given, "party_mass_center"), row(given, "micro_station")
    # one centre in the community, the walked 1,000 m reach all but building 4 (50 of 150), which no street reaches
    assert (center.required, center.present, center.coming) == (1, 1, 1)
    assert (center.residents.covered, center.residents.total) == (100, 150)
    assert (center.missing_by_number, center.missing_by_reach, center.missing) == (0, 1, 1)
    assert (center.area_required_m2, center.area_present_m2, center.area_missing_m2) == (650, 400, 250)
    # st2 at 500 m: buildings 1, 2 and 3 are within 300 m
    assert (micro.required, micro.present, micro.missing) == (None, 1, None)
    assert (micro.residents.covered, micro.residents.rate) == (90, 0.6)
    rooms = row(given, COMMUNITY_ROOMS)
    assert (rooms.area_required_m2, rooms.area_present_m2, rooms.area_unknown) == (14.4, 400, 1)
    assert [(one.code, one.missing, one.area_missing_m2) for one in given.ranked] == [(COMMUNITY, 1, 250)]
    assert {one.type: one.area_missing_m2 for one in given.totals}["party_mass_center"] == 250
    assert not given.suppressed


def test_where_nobody_was_counted_what_is_missing_is_unknown_and_not_0(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        session.execute(delete(BuildingPeople))
    given = deficit_answer(changeable_engine, standards="party_mass")
    for one in (*given.rows, *given.totals):
        assert one.unknown
        told = (one.required, one.missing, one.missing_by_number, one.missing_by_reach, one.residents.total)
        assert set(told) == {None}
        assert one.area_required_m2 is one.area_missing_m2 is None
    assert row(given, "party_mass_center").present == 1  # what stands there is known all the same
    assert [(one.missing, one.area_missing_m2, one.residents) for one in given.ranked] == [(None, None, None)]
    assert [(one.code, one.count) for one in given.notes] == [("residents_unknown", 1)]


def test_counted_as_nobody_is_not_unknown(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        session.execute(update(BuildingPeople).values(actual=0, households=0))
    given = deficit_answer(changeable_engine, standards="party_mass")
    assert (row(given, "party_mass_center").missing, given.notes) == (0, [])


def test_an_upper_tier_does_not_stand_in_for_a_lower_one(place_engine: Engine) -> None:
    given = deficit_answer(place_engine)
    service = row(given, "community_service_station")
    assert (service.present, service.residents.covered, service.missing) == (0, 0, 1)
    with_type = {one.type for one in given.rows}
    assert "party_mass_center" not in with_type
    assert not given.standard.verified


def test_numbers_of_others_are_not_told(place_web: Engine, place_engine: Engine) -> None:
    own = deficit_answer(as_planner(place_web, place_engine, DISTRICT))
    assert own == _timed(deficit_answer(place_engine), own)
    for asker in (
        as_planner(place_web, place_engine, GRIDS[1]),
        as_planner(place_web, place_engine, DISTRICT, people=None),
    ):
        given = deficit_answer(asker)
        assert given.suppressed
        assert given.ranked == []
        for one in (*given.rows, *given.totals):
            assert one.suppressed
            told = (one.required, one.present, one.missing, one.residents.covered, one.residents.total)
            assert set(told) == {None}
            assert one.area_required_m2 is one.area_missing_m2 is None


def _timed(given: DeficitAnswer, other: DeficitAnswer) -> DeficitAnswer:
    return replace(given, as_of=other.as_of)


def test_wrong_questions_are_refused_by_name(place_web: Engine, place_engine: Engine) -> None:
    with pytest.raises(Invalid, match="unknown_standard"):
        deficit_answer(place_engine, standards="gb50180@1993")
    with pytest.raises(Invalid, match="unknown_standard"):
        deficit_answer(place_engine, standards="GB 50180")
    with pytest.raises(Invalid, match="area_level"):
        deficit_answer(place_engine, GRIDS[0])
    with pytest.raises(NotFound, match="area_not_found"):
        deficit_answer(place_engine, "999999")
    with pytest.raises(Forbidden, match="outside_scope"):
        deficit_answer(as_planner(place_web, place_engine, GRIDS[1]), GRIDS[0])
    with pytest.raises(Invalid, match="out_of_range"):
        housing_need(place_engine, 0)


def test_a_citys_own_file_is_used_in_its_areas(changeable_engine: Engine, tmp_path: Path) -> None:
    text = (
        SHIPPED.decode()
        .replace("gb50180,2018,,", "gb50180,2026,2301,")
        .replace("health_station", "pet_clinic")
    )
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    import_standards(changeable_engine, path)
    given = deficit_answer(changeable_engine)
    assert (given.standard.version, given.standard.city) == ("2026", "2301")
    clinic = row(given, "pet_clinic")  # of a type that nobody built and no table knows
    assert (clinic.present, clinic.missing, clinic.residents.rate) == (0, 1, 0)
    assert deficit_answer(changeable_engine, standards="gb50180@2018").standard.city == ""
    standard, needs = housing_need(changeable_engine, 5000, area="230199001")
    assert (standard.version, needs[0].required) == ("2026", 2)
    assert housing_need(changeable_engine, 5000)[0].version == "2018"
    path.write_text(text.replace("pet_clinic", "kindergarten"), encoding="utf-8")
    with pytest.raises(InvalidFile):
        import_standards(changeable_engine, path)


def test_in_a_scenario_what_is_added_and_moved_counts_where_it_is_put(changeable_engine: Engine) -> None:
    lon, lat = lonlat(100, 5)
    added = {
        "kind": "add_station", "code": "new", "type": "health_station", "name": "新", "lon": lon, "lat": lat,
        "floor_area_m2": 90,
    }  # fmt: skip
    away = {"kind": "move_station", "code": "st2", "lon": lon + 1, "lat": lat}
    saved = create_scenario(changeable_engine, "一号方案", [added, away])
    imagined = in_scenario(changeable_engine, saved.id)
    before, after = deficit_answer(changeable_engine), deficit_answer(imagined)
    old, new = row(before, "health_station"), row(after, "health_station")
    assert (old.present, old.area_present_m2, old.residents.covered) == (0, 0, 0)
    assert (new.present, new.area_present_m2) == (1, 90)
    assert (new.residents.covered or 0) > 0
    micro = [
        row(deficit_answer(engine, standards="party_mass"), "micro_station")
        for engine in (changeable_engine, imagined)
    ]
    assert [one.present for one in micro] == [1, 0]
