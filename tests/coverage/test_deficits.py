"""Deficits by hand and by their laws: numbers, reach, floor area, and what a housing project needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.deficits import (
    Homes,
    Judged,
    Standing,
    Within,
    housing,
    judge,
    required_area,
    required_number,
    rooms,
)
from gis.coverage.standards import COMMUNITY_ROOMS, Standard, TypeStandard

from .test_standards import shipped

HEALTH = TypeStandard(
    "health_station", 5, 300, "residents", 5000, 12000, 1500, 4000, 120, 270, confidence="verified"
)
ONE_EACH = TypeStandard("party_mass_center", 15, 1000, "community", floor_area_m2_min=650, in_total=True)
UPPER = TypeStandard(
    "culture_center", 15, 1000, "residents", 50000, 100000, 17000, 32000, 3000, 6000, confidence="verified"
)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def stations(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


# Two communities: 13,000 and 3,000 people in five buildings, and a third where nobody lives; station 0 stands in the
# first, station 1 in the second, station 2 in none; building 4 belongs to no community.
HOMES = Homes(ints(0, 0, 1, 1, -1), 3, ints(10000, 3000, 2000, 1000, 500), ints(4000, 1200, 900, 400, 200))
WITHIN = Within(stations(0, -1, 1, 1, 2), stations(-1, -1, -1, 0, -1))
STANDING = Standing(ints(0, 1, -1), np.array([150.0, np.nan, 100.0]), ints(0, 1, 0))


def test_numbers_reach_and_area_of_three_communities() -> None:
    got = judge(HEALTH, HOMES, WITHIN, STANDING, 0.9, whole=False)
    assert got.residents.tolist() == [13000, 3000, 0]
    assert got.covered.tolist() == [10000, 3000, 0]
    assert got.required.tolist() == [2, 1, 0]  # 13,000 of at most 12,000 each
    assert got.present.tolist() == [1, 2, 0]  # station 0 is the second nearest of building 3
    assert got.missing_by_number.tolist() == [1, 0, 0]
    assert got.missing_by_reach.tolist() == [1, 0, 0]  # 3,000 beyond, 77 % within
    assert got.missing.tolist() == [1, 0, 0]
    assert got.area_required_m2 == pytest.approx([5200 * 0.0675, 1300 * 0.0675, 0])  # 270 m² for 4,000
    assert got.area_present_m2.tolist() == [150, 0, 0]
    assert got.area_missing_m2 == pytest.approx([201, 87.75, 0])
    assert got.area_unknown.tolist() == [0, 1, 0]
    assert got.coming.tolist() == [0, 1, 0]


def test_a_share_within_the_radius_is_enough() -> None:
    at_share = judge(HEALTH, HOMES, WITHIN, STANDING, 10000 / 13000, whole=False)
    assert at_share.missing_by_reach.tolist() == [0, 0, 0]
    above = judge(HEALTH, HOMES, WITHIN, STANDING, 0.77, whole=False)
    assert above.missing_by_reach.tolist() == [1, 0, 0]


def test_many_beyond_the_radius_need_several() -> None:
    nobody = Within(stations(-1, -1, -1, -1, -1), stations(-1, -1, -1, -1, -1))
    none = Standing(np.empty(0, np.int64), np.empty(0), ints(0, 0, 0))
    got = judge(HEALTH, HOMES, nobody, none, 0.9, whole=False)
    assert got.missing.tolist() == [2, 1, 0]
    assert got.present.tolist() == [0, 0, 0]


def test_households_decide_where_they_ask_for_more() -> None:
    many_homes = required_number(HEALTH, ints(100, 12000, 12001, 0), ints(8001, 4000, 0, 1))
    assert many_homes.tolist() == [3, 1, 2, 1]


def test_what_each_community_has_once_must_stand_there() -> None:
    got = judge(ONE_EACH, HOMES, WITHIN, STANDING, 0.5, whole=False)
    assert got.required.tolist() == [1, 1, 0]
    assert got.present.tolist() == [1, 1, 0]
    assert got.area_required_m2.tolist() == [650, 650, 0]
    assert got.area_missing_m2.tolist() == [500, 650, 0]


def test_shared_facilities_are_judged_by_area_as_a_whole_only() -> None:
    by_community = judge(UPPER, HOMES, WITHIN, STANDING, 0.9, whole=False)
    assert np.isnan(by_community.area_required_m2).all()
    assert by_community.required.tolist() == [1, 1, 0]
    one = Homes(np.zeros(5, np.int64), 1, HOMES.residents, HOMES.households)
    whole = judge(UPPER, one, WITHIN, STANDING.as_one(), 0.9, whole=True)
    assert whole.area_required_m2 == pytest.approx([6700 * 3000 / 17000])
    assert whole.area_present_m2.tolist() == [150]  # the station outside every community is in none
    assert whole.coming.tolist() == [1]


def test_what_no_number_is_asked_of_is_told_by_reach_alone() -> None:
    got = judge(replace(HEALTH, per="none"), HOMES, WITHIN, STANDING, 0.9, whole=False)
    assert set(got.required) == set(got.missing) == {-1}
    assert np.isnan(got.area_required_m2).all()
    assert got.covered.tolist() == [10000, 3000, 0]


def test_community_rooms_are_thirty_square_metres_a_hundred_households() -> None:
    standard = shipped("gb50180")
    required, present, unknown = rooms(standard, HOMES, STANDING)
    assert required == pytest.approx([1560, 390, 0])
    assert (present.tolist(), unknown.tolist()) == ([150, 0, 0], [0, 1, 0])
    without = replace(standard, m2_per_100_households=None)
    assert np.isnan(rooms(without, HOMES, STANDING)[0]).all()


@st.composite
def _towns(draw: st.DrawFn) -> tuple[Homes, Within, Standing]:
    buildings, areas, count = draw(st.integers(1, 30)), draw(st.integers(1, 5)), draw(st.integers(1, 6))

    def column(least: int, most: int, size: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(least, most), min_size=size, max_size=size)), np.int64)

    homes = Homes(
        column(-1, areas - 1, buildings), areas, column(0, 20000, buildings), column(0, 9000, buildings)
    )
    first = column(-1, count - 1, buildings).astype(np.int32)
    second = np.where(first >= 0, column(-1, count - 1, buildings), -1).astype(np.int32)
    sizes = np.where(column(0, 3, count) == 0, np.nan, column(1, 3000, count).astype(float))
    return (
        homes,
        Within(first, second),
        Standing(column(-1, areas - 1, count), sizes, np.zeros(areas, np.int64)),
    )


def _judged(town: tuple[Homes, Within, Standing]) -> Judged:
    return judge(HEALTH, *town, 0.9, whole=False)


@given(_towns())
def test_deficits_are_bounded_and_areas_add_up(town: tuple[Homes, Within, Standing]) -> None:
    homes, _, standing = town
    got = _judged(town)
    assert (got.missing >= 0).all()
    assert (got.covered <= got.residents).all()
    assert ((got.missing == 0) | (got.residents + homes.sums(homes.households) > 0)).all()
    inside = standing.area >= 0
    assert got.area_present_m2.sum() == pytest.approx(np.nansum(standing.floor_area_m2[inside]))
    whole = required_area(
        HEALTH, got.residents.sum(keepdims=True), ints(homes.sums(homes.households).sum()), whole=True
    )
    assert got.area_required_m2.sum() == pytest.approx(whole[0])


@given(_towns(), st.data())
def test_one_more_station_never_adds_a_deficit(
    town: tuple[Homes, Within, Standing], data: st.DataObject
) -> None:
    homes, within, standing = town
    where = data.draw(st.integers(0, homes.areas - 1))
    new = len(standing.area)
    reached = np.array(data.draw(st.lists(st.booleans(), min_size=len(homes.area), max_size=len(homes.area))))
    # it becomes the nearest of whom it reaches; who was nearest becomes second, as a search would say
    more = Within(
        np.where(reached, new, within.station).astype(np.int32),
        np.where(reached, within.station, within.second).astype(np.int32),
    )
    larger = Standing(
        np.append(standing.area, where), np.append(standing.floor_area_m2, 400.0), standing.coming
    )
    before, after = _judged(town), _judged((homes, more, larger))
    assert (after.missing_by_reach <= before.missing_by_reach).all()
    assert (after.area_missing_m2 <= before.area_missing_m2).all()
    assert after.present[where] >= 1


@given(_towns(), st.randoms(use_true_random=False))
def test_the_order_of_buildings_changes_nothing(
    town: tuple[Homes, Within, Standing], random: np.random.Generator
) -> None:
    homes, within, standing = town
    order = list(range(len(homes.area)))
    random.shuffle(order)
    mixed = (
        Homes(homes.area[order], homes.areas, homes.residents[order], homes.households[order]),
        Within(within.station[order], within.second[order]),
        standing,
    )
    one, other = _judged(town), _judged(mixed)
    for name in Judged.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)


def standard(*types: TypeStandard) -> Standard:
    return Standard("x", "1", "", "x", "x", 30, 0.9, "defined", "verified", "", types)


def test_a_small_project_shares_and_a_large_one_has_its_own() -> None:
    small, room = housing(standard(HEALTH, ONE_EACH), 1200)
    assert (small.required, small.share) == (0, 0.3)
    assert small.area_min_m2 == pytest.approx(81)
    assert (room.type, room.area_min_m2, room.confidence) == (COMMUNITY_ROOMS, 360, "verified")
    own = housing(standard(HEALTH), 1500)[0]
    assert (own.required, own.area_min_m2, own.area_max_m2) == (1, 120, 270)
    large = housing(standard(HEALTH), 4001)[0]
    assert (large.required, large.area_min_m2, large.area_max_m2) == (2, 240, 540)


def test_residents_of_a_project_count_where_they_ask_for_more() -> None:
    assert housing(standard(HEALTH), 1200, 5000)[0].required == 1
    assert housing(standard(HEALTH), 1200, 24001)[0].required == 3
    assert housing(standard(HEALTH), 9000, 100)[0].required == 3
    assert housing(standard(replace(HEALTH, households_max=None, households_min=None)), 9000) == housing(
        standard(), 9000
    )


def test_a_need_is_as_sure_as_its_weakest_value() -> None:
    assert housing(standard(HEALTH), 1500)[0].confidence == "verified"
    unsure = replace(HEALTH, population_confidence="recalled")
    assert housing(standard(unsure), 1500)[0].confidence == "recalled"
