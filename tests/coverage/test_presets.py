"""Presets: every need at its own tier, all of a tier together, and never an upper tier for a lower need."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from gis.base.errors import Forbidden, Invalid, NotFound
from gis.coverage.model import ask
from gis.coverage.presets import (
    Need,
    Preset,
    PresetAnswer,
    Tier,
    needs_of,
    preset,
    preset_answer,
    preset_for,
    presets,
)
from gis.coverage.service import answer
from gis.coverage.world import World
from gis.register.station_types import station_type

from .place import GRIDS
from .small_world import small_world, station
from .test_scope import COMMUNITY, DISTRICT, as_planner

CENTER, MICRO = "party_mass_center", "micro_station"


def party_mass(world: World, **asked: Any) -> PresetAnswer:
    chosen = preset("party_mass")
    given = {"unit": "metres", "profile": "standard", "area": None, "at": None} | asked
    return preset_answer(world, chosen, needs_of(chosen, **given))


def need(given: PresetAnswer, kind: str) -> Need:
    return next(one for one in given.needs if one.kind.id == kind)


def tier(given: PresetAnswer, minutes: int) -> Tier:
    return next(one for one in given.tiers if one.tier_min == minutes)


def test_the_two_presets_are_two_and_every_type_has_a_tier_and_a_radius() -> None:
    assert list(presets()) == ["party_mass", "living"]
    kinds = [kind for one in presets().values() for kind in one.types]
    assert all(kind.tier_min in {5, 10, 15} and kind.radius_m for kind in kinds)
    assert len({kind.id for kind in kinds}) == len(kinds)
    with pytest.raises(NotFound, match="preset_not_found"):
        preset("life")


def test_each_need_is_asked_at_its_own_tier() -> None:
    world = small_world([station("s1", 0), station("s2", 0, type=MICRO)])
    by_metres, by_minutes = party_mass(world), party_mass(world, unit="minutes")
    assert need(by_metres, CENTER).totals["residents"].covered == 100  # 1,000 m
    assert need(by_metres, MICRO).totals["residents"].covered == 30  # 300 m
    assert need(by_minutes, CENTER).totals == answer(world, ask([CENTER], minutes=15)).totals
    assert need(by_minutes, MICRO).totals == answer(world, ask([MICRO], minutes=5)).totals


def test_a_tier_is_complete_where_every_need_is_and_a_type_without_stations_is_missing() -> None:
    world = small_world([station("s1", 0), station("s2", 0, type=MICRO)])
    fifteen, five = tier(party_mass(world), 15), tier(party_mass(world), 5)
    assert fifteen.missing == ("party_mass_station",)
    assert (fifteen.complete["residents"].covered, fifteen.of_present["residents"].covered) == (0, 100)
    assert (five.missing, five.complete["residents"].covered, five.complete["residents"].total) == (
        (),
        30,
        100,
    )
    with_it = small_world([station("s1", 0), station("s2", 0, type="party_mass_station")])
    assert tier(party_mass(with_it), 15).complete["residents"].covered == 100
    assert tier(party_mass(with_it), 5).of_present["residents"].covered == 0


def test_an_upper_tier_never_satisfies_a_lower_need() -> None:
    """A health centre (15 minutes) at the door is no health station (5 minutes)."""
    chosen = Preset("t", "t", "t", "", "", (station_type("health_center"), station_type("health_station")))
    questions = needs_of(chosen, unit="minutes", profile="standard", area=None, at=None)
    alone = preset_answer(small_world([station("s1", 100, type="health_center")]), chosen, questions)
    assert tier(alone, 15).complete["residents"].covered == 100
    assert tier(alone, 5).complete["residents"].covered == 0
    lower = preset_answer(small_world([station("s1", 100, type="health_station")]), chosen, questions)
    assert tier(lower, 15).complete["residents"].covered == 0


def test_only_existing_stations_cover_and_the_others_are_counted() -> None:
    statuses = ("existing", "under_construction", "planned", "closed")
    world = small_world([station(f"s{n}", 100 * n, status=status) for n, status in enumerate(statuses)])
    assert need(party_mass(world), CENTER).stations == dict.fromkeys(statuses, 1)
    none = small_world([station("s1", 0, status="planned")])
    assert need(party_mass(none), CENTER).totals["residents"].covered == 0
    assert CENTER in tier(party_mass(none), 15).missing


def test_a_preset_is_asked_at_a_time() -> None:
    world = small_world([station("s1", 0, type=MICRO, hours="Mo-Fr 08:00-18:00")])
    shares = [
        tier(party_mass(world, at=when), 5).complete["residents"].covered for when in ("Mo-17:59", "Mo-18:00")
    ]
    assert shares == [30, 0]
    assert tier(party_mass(world, at="Mo-18:00"), 5).missing == ()
    with pytest.raises(Invalid, match="week_time"):
        party_mass(world, at="Mo")
    with pytest.raises(NotFound, match="area_not_found"):
        party_mass(world, area="999")


@pytest.mark.db
def test_sums_stay_in_the_areas_whose_people_one_may_read(place_web: Engine, place_engine: Engine) -> None:
    asker = as_planner(place_web, place_engine, GRIDS[1])
    got = preset_for(asker, "party_mass", unit="metres")
    assert got.suppressed
    assert {share.covered for one in got.needs for share in one.totals.values()} == {None}
    assert {
        share.total for one in got.tiers for share in (*one.complete.values(), *one.of_present.values())
    } == {None}
    assert [(one.code, one.suppressed, one.complete[5].total) for one in got.communities] == [
        (COMMUNITY, True, None)
    ]
    mine = preset_for(asker, "party_mass", unit="metres", area=GRIDS[1])
    assert (mine.suppressed, need(mine, MICRO).totals["residents"].total) == (False, 120)
    whole = preset_for(as_planner(place_web, place_engine, DISTRICT), "party_mass", unit="metres")
    assert [(one.suppressed, one.complete[5].total) for one in whole.communities] == [(False, 150)]
    with pytest.raises(Forbidden, match="outside_scope"):
        preset_for(asker, "party_mass", area=GRIDS[0])
