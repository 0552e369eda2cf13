"""Capacity: nearest pairs first, whole buildings, never more residents than there is room for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.capacity import UNLIMITED, serve
from gis.coverage.found import found, reasons
from gis.coverage.model import Question, ask
from gis.coverage.scope import cut
from gis.coverage.service import answer
from gis.coverage.world import World
from gis.db.scope import EVERYWHERE
from gis.walking.kernels import UNREACHABLE
from gis.walking.pairs import Pairs
from gis.walking.reasons import Why

from .small_world import small_world, station

CENTER = ["party_mass_center"]


def asked(metres: float = 1000, **more: object) -> Question:
    return ask(CENTER, metres=metres, capacity=True, **more)  # type: ignore[arg-type]


def served(world: World, metres: float = 1000) -> list[int]:
    return found(world, asked(metres)).station.tolist()


def test_the_nearest_homes_are_served_until_there_is_no_room() -> None:
    # 10, 20, 30 and 40 residents at 100, 300, 500 and 700 m
    world = small_world([station("s1", 0, capacity=30)])
    assert served(world) == [0, 0, -1, -1]
    got = answer(world, asked())
    assert got.reasons == [("capacity", 2, 70)]
    assert (got.totals["residents"].covered, got.totals["residents"].total) == (30, 100)


def test_a_home_is_served_whole_and_a_smaller_one_behind_it_may_still_find_room() -> None:
    world = small_world([station("s1", 0, capacity=35)], homes={100: 10, 300: 30, 500: 20, 700: 5})
    assert served(world) == [0, -1, 0, 0]


def test_who_finds_no_room_walks_on_to_the_next_station_within_the_limit() -> None:
    world = small_world([station("s1", 0, capacity=30), station("s2", 1000, capacity=100)])
    assert served(world) == [0, 0, 1, 1]  # b2 is as near to either; the lower code comes first, and is full
    assert served(world, 400) == [0, 0, -1, 1]
    assert Why(int(reasons(world, asked(400))[2])) is Why.DISTANCE


def test_unknown_capacity_is_unlimited_and_said() -> None:
    world = small_world([station("s1", 0), station("s2", 1000, capacity=5)])
    assert served(world) == [0, 0, 0, 0]
    assert [(note.code, note.stations) for note in answer(world, asked()).notes] == [
        ("capacity_unknown", ("s1",))
    ]
    plain = answer(world, ask(CENTER, metres=1000))
    assert plain.notes == []
    assert small_world([station("s1", 0)]).chosen(("party_mass_center",)).tolist() == [0]


def test_homes_without_counted_people_take_no_room() -> None:
    world = small_world([station("s1", 0, capacity=10)], homes={100: 10, 300: None, 500: 1})
    assert served(world) == [0, 0, -1]
    uncounted = small_world([station("s1", 0, capacity=10)], homes={100: None, 300: None})
    assert served(uncounted) == [0, 0]
    assert ("residents_unknown", 2) in [(note.code, note.count) for note in answer(uncounted, asked()).notes]


def test_how_many_were_not_counted_is_for_who_may_read_the_people() -> None:
    world = small_world([station("s1", 0)], homes={100: None, 300: None})
    given = answer(world, asked())
    assert [note.code for note in given.notes] == ["capacity_unknown", "residents_unknown"]
    assert [note.code for note in cut(given, world, EVERYWHERE).notes] == [
        "capacity_unknown",
        "residents_unknown",
    ]
    assert [note.code for note in cut(given, world, ()).notes] == ["capacity_unknown"]


def test_a_station_closed_at_that_time_gives_no_room() -> None:
    world = small_world(
        [station("s1", 0, capacity=30), station("s2", 0, hours="Mo 08:00-09:00", capacity=100)]
    )
    assert answer(world, asked(at="Mo-08:30")).reasons == []
    assert answer(world, asked(at="Mo-09:00")).reasons == [("capacity", 2, 70)]


def test_another_station_never_uncovers_but_for_capacity() -> None:
    """The new station frees room at the old one; a large home takes it before a small one farther away."""
    homes = {100: 6, 300: 10, 500: 4}
    one, other = station("s1", 0, capacity=10), station("s2", 100, capacity=6)
    assert served(small_world([one], homes=homes)) == [0, -1, 0]
    assert served(small_world([one, other], homes=homes)) == [1, 0, -1]
    for stations in ([one], [one, other]):
        assert found(small_world(stations, homes=homes), ask(CENTER, metres=1000)).covered.all()


@st.composite
def places(draw: st.DrawFn) -> tuple[Pairs, np.ndarray, np.ndarray]:
    stations, buildings = draw(st.integers(1, 5)), draw(st.integers(1, 12))
    rows, cost = [], []
    for _ in range(stations):
        mine = sorted(draw(st.sets(st.integers(0, buildings - 1))))
        rows.append(mine)
        cost += draw(st.lists(st.integers(0, 6), min_size=len(mine), max_size=len(mine)))
    start = np.concatenate([[0], np.cumsum([len(mine) for mine in rows])]).astype(np.int64)
    flat = np.array([b for mine in rows for b in mine], np.int32)
    people = draw(st.lists(st.integers(0, 9), min_size=buildings, max_size=buildings))
    room = draw(
        st.lists(st.one_of(st.integers(0, 20), st.just(int(UNLIMITED))), min_size=stations, max_size=stations)
    )
    return Pairs(start, flat, np.array(cost, np.int64)), np.array(people, np.int64), np.array(room, np.int64)


def by_hand(found: Pairs, people: np.ndarray, room: np.ndarray) -> tuple[list[int], list[int]]:
    """The rule word by word."""
    left = [int(r) for r in room]
    station, cost = [-1] * len(people), [int(UNREACHABLE)] * len(people)
    order = sorted(zip(found.cost.tolist(), found.station.tolist(), found.building.tolist(), strict=True))
    for walk, near, home in order:
        if station[home] < 0 and people[home] <= left[near]:
            station[home], cost[home] = near, walk
            left[near] -= int(people[home])
    return station, cost


@settings(max_examples=300, deadline=None)
@given(places())
def test_the_compiled_rule_is_the_written_one(place: tuple[Pairs, np.ndarray, np.ndarray]) -> None:
    found_pairs, people, room = place
    kept_room = room.copy()
    station_of, cost = serve(found_pairs, people, room)
    assert (station_of.tolist(), cost.tolist()) == by_hand(found_pairs, people, room)
    used = np.bincount(station_of[station_of >= 0], weights=people[station_of >= 0], minlength=len(room))
    assert (used <= room).all()
    assert (room == kept_room).all()


@settings(max_examples=200, deadline=None)
@given(places(), st.integers(0, 6))
def test_a_longer_limit_never_takes_room_away(
    place: tuple[Pairs, np.ndarray, np.ndarray], limit: int
) -> None:
    pairs, people, room = place
    near = pairs.cost <= limit
    start = np.concatenate([[0], np.cumsum(near)])[pairs.start]
    short = Pairs(start.astype(np.int64), pairs.building[near], pairs.cost[near])
    few, many = serve(short, people, room)[0], serve(pairs, people, room)[0]
    assert (many[few >= 0] == few[few >= 0]).all()


def test_the_rule_is_broken_by_another_order() -> None:
    """The control of the properties: farthest first gives another answer."""
    pairs = Pairs(np.array([0, 2]), np.array([0, 1], np.int32), np.array([5, 1], np.int64))
    room, people = np.array([1]), np.array([1, 1])
    assert serve(pairs, people, room)[0].tolist() == [-1, 0]
    assert serve(Pairs(pairs.start, pairs.building, pairs.cost[::-1].copy()), people, room)[0].tolist() == [
        0,
        -1,
    ]


@pytest.mark.parametrize("value", [None, np.nan, -1])
def test_no_number_is_no_limit(value: float | None) -> None:
    assert served(small_world([station("s1", 0, capacity=value)])) == [0, 0, 0, 0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=4),
    st.integers(0, 1000),
    st.integers(50, 1000),
    st.sampled_from([None, "Mo-12:00", "Mo-23:00"]),
)
def test_without_capacity_another_station_never_uncovers_at_any_time(
    places: list[int], more: int, metres: int, when: str | None
) -> None:
    hours = ["Mo-Fr 08:00-18:00", None, "22:00-06:00", "24/7"]
    stations = [station(f"s{n}", x, hours=hours[n % 4]) for n, x in enumerate(places)]
    question = ask(CENTER, metres=metres, at=when)
    before = found(small_world(stations), question).covered
    after = found(small_world([*stations, station("s9", more, hours="08:00-12:30")]), question).covered
    assert not (before & ~after).any()
    at_best = found(small_world(stations), ask(CENTER, metres=metres)).covered
    assert not (before & ~at_best).any()  # longer hours never uncover
