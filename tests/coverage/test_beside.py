"""What stands beside the answer: covered twice, within the straight line, close to the limit."""

from __future__ import annotations

import numpy as np
import shapely

from gis.coverage import straight
from gis.coverage.found import found
from gis.coverage.model import Question, ask
from gis.coverage.service import answer
from gis.coverage.world import World

from .small_world import small_world, station

CENTER = ["party_mass_center"]


def residents(world: World, question: Question) -> tuple[int | None, int | None, int | None]:
    got = answer(world, question)
    assert {
        share.total
        for share in (got.totals["residents"], got.overlap["residents"], got.straight["residents"])
    } == {100}
    return (
        got.totals["residents"].covered,
        got.overlap["residents"].covered,
        got.straight["residents"].covered,
    )


def test_covered_twice_is_by_two_stations_and_not_by_one_of_two_doors() -> None:
    world = small_world([station("s1", 0), station("s2", 800)])
    # 10, 20, 30, 40 residents at 100, 300, 500, 700; both reach 300 and 500 within 510 m
    assert residents(world, ask(CENTER, metres=510))[:2] == (100, 50)
    assert residents(world, ask(CENTER, metres=250))[:2] == (50, 0)
    same = small_world([station("s1", 0), station("s2", 0)])
    assert residents(same, ask(CENTER, metres=250))[:2] == (10, 10)


def test_the_straight_line_ignores_what_is_walked_around() -> None:
    """A river between the home at 300 m and its station: near by the circle, far by the walk."""
    wall = {"code": "r", "kind": "river", "geometry": shapely.box(180, 2, 420, 300)}
    free, fenced = (
        small_world([station("s1", 300, -5)]),
        small_world([station("s1", 300, -5)], barriers=[wall]),
    )
    asked = ask(CENTER, metres=60)
    assert residents(free, asked) == (20, 0, 20)
    assert residents(fenced, asked) == (0, 0, 20)
    assert answer(fenced, asked).reasons[0][0] in {"unlinked", "barrier"}


def test_minutes_make_a_radius_of_the_walkers_speed() -> None:
    assert straight.radius_m(ask(CENTER, minutes=15)) == 900
    assert straight.radius_m(ask(CENTER, minutes=15, profile="elderly")) == 720
    assert straight.radius_m(ask(CENTER, metres=500)) == 500
    world = small_world([station("s1", 100, 20)])
    reached = found(world, ask(CENTER, metres=500)).reached
    edge = [straight.within(world, ask(CENTER, metres=value), reached).tolist() for value in (199.9, 200.1)]
    assert edge == [[True, False, False, False], [True, True, False, False]]


def test_close_to_the_limit_counts_both_sides_of_it() -> None:
    world = small_world([station("s1", 0)])
    assert answer(world, ask(CENTER, metres=310)).borderline == {"buildings": 1, "residents": 20}
    assert answer(world, ask(CENTER, metres=290)).borderline == {"buildings": 1, "residents": 20}
    assert answer(world, ask(CENTER, metres=400)).borderline == {"buildings": 0, "residents": 0}


def test_without_a_station_nobody_is_near_anything() -> None:
    world = small_world([station("s1", 0, status="planned")])
    assert residents(world, ask(CENTER, metres=500)) == (0, 0, 0)
    assert np.all(found(world, ask(CENTER, metres=500)).station == -1)
