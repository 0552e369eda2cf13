"""A time of the week: what is shut then does not count, to the minute, and the reason says so."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.coverage.found import found, reasons, shut, situation_of
from gis.coverage.model import Question, ask
from gis.coverage.service import answer
from gis.coverage.world import AS_IT_IS, World
from gis.walking.reasons import Why

from .small_world import small_world, station

CENTER = ["party_mass_center"]
YARD = shapely.box(480, 5, 520, 60)


def at(when: str | None, metres: float = 500, **more: object) -> Question:
    return ask(CENTER, metres=metres, at=when, **more)  # type: ignore[arg-type]


def covered(world: World, when: str | None, metres: float = 500) -> list[int]:
    return np.flatnonzero(found(world, at(when, metres)).covered).tolist()


def test_a_station_counts_from_the_minute_it_opens_to_the_minute_it_closes() -> None:
    world = small_world([station("s1", 0, hours="Mo-Fr 08:30-17:30"), station("s2", 1000, hours="24/7")])
    day, night = [0, 1, 3], [3]
    assert covered(world, None, 400) == day
    assert [covered(world, when, 400) for when in ("Fr-08:29", "Fr-08:30")] == [night, day]
    assert [covered(world, when, 400) for when in ("Fr-17:29", "Fr-17:30")] == [day, night]
    assert covered(world, "Sa-12:00", 400) == night


def test_opening_and_closing_hours_may_run_over_midnight() -> None:
    world = small_world([station("s1", 0, hours="Mo 22:00-02:00")])
    times = ("Mo-21:59", "Mo-22:00", "Tu-01:59", "Tu-02:00")
    assert [bool(covered(world, when)) for when in times] == [False, True, True, False]


def test_who_is_covered_at_other_hours_is_uncovered_because_it_is_closed() -> None:
    world = small_world([station("s1", 0, hours="Mo-Fr 08:30-17:30"), station("s2", 1000, hours="24/7")])
    got = answer(world, at("Sa-12:00", 400))
    assert got.reasons == [("closed", 2, 30), ("distance", 1, 30)]
    assert (got.stations["existing"], got.stations["open"]) == (2, 1)
    nobody = small_world([station("s1", 0, hours="Mo 08:00-09:00")])
    assert answer(nobody, at("Tu-12:00")).reasons == [("closed", 3, 60), ("distance", 1, 40)]


def gated(hours: str, access: str = "public") -> World:
    """Home b2 behind a wall with one gate towards the street; the station is at x = 400."""
    gate = {
        "code": "g1",
        "compound": "c1",
        "access": access,
        "hours": hours,
        "geometry": shapely.Point(500, 5),
    }
    compound = {"code": "c1", "walled": True, "geometry": YARD}
    return small_world([station("s1", 400)], compounds=[compound], gates=[gate])


def test_a_gate_is_shut_to_the_minute_and_that_is_the_reason() -> None:
    world = gated("Mo-Su 06:00-23:00")
    assert 2 in covered(world, None)
    times = ("We-22:59", "We-23:00", "Th-05:59", "Th-06:00")
    assert [2 in covered(world, when) for when in times] == [True, False, False, True]
    assert reasons(world, at("We-23:00"))[2] == Why.CLOSED
    assert reasons(world, at("We-23:00", 150))[2] == Why.CLOSED
    assert answer(world, at("We-23:00")).reasons == [("closed", 1, 30)]


def test_a_gate_nobody_may_pass_is_no_matter_of_hours() -> None:
    world = gated("24/7", access="staff")
    assert Why(int(reasons(world, at("We-12:00"))[2])) is Why.UNLINKED
    assert reasons(world, at(None)).tolist() == reasons(world, at("We-12:00")).tolist()


def test_who_is_behind_a_staff_gate_is_so_at_every_hour() -> None:
    """The station nearby is closed then; with all open it is the gate alone that keeps them."""
    world = small_world(
        [station("s1", 400, hours="Mo-Fr 08:00-18:00"), station("s2", 0)],
        compounds=[{"code": "c1", "walled": True, "geometry": shapely.box(480, -20, 520, 60)}],
        gates=[
            {
                "code": "g1",
                "compound": "c1",
                "access": "staff",
                "hours": None,
                "geometry": shapely.Point(480, 0),
            }
        ],
    )
    assert reasons(world, at("Sa-12:00", 300))[2] == reasons(world, at(None, 300))[2] == Why.UNLINKED


@pytest.mark.parametrize("hours", ["Mo-Fr 08:00-18:00", "24/7"])
def test_who_is_behind_a_wall_is_so_at_every_hour(hours: str) -> None:
    """A wall stands between b3 and the street; round it they are beyond the limit, whether s1 is open or not."""
    wall = {"code": "w", "kind": "wall", "geometry": shapely.LineString([(650, 6), (720, 6)])}
    world = small_world([station("s1", 300, hours=hours)], barriers=[wall])
    by_day, by_night = (reasons(world, at(when, 450)).tolist() for when in ("Tu-12:00", "Tu-23:00"))
    assert by_day == [Why.COVERED] * 3 + [Why.BARRIER]
    assert by_night == [Why.COVERED if hours == "24/7" else Why.CLOSED] * 3 + [Why.BARRIER]


def test_times_when_all_is_open_share_the_usual_answer() -> None:
    world = small_world([station("s1", 0, hours="Mo-Fr 08:30-17:30")])
    assert (situation_of(world, at("Mo-12:00")), shut(world, at("Mo-12:00"))) == (AS_IT_IS, None)
    assert shut(world, at("Sa-12:00")) == shut(world, at("Su-03:00"))
    assert found(world, at("Mo-12:00")).reached is found(world, at(None)).reached
    assert found(world, at("Sa-12:00")).reached is not found(world, at(None)).reached


def test_hours_nobody_can_read_count_as_open_and_are_named() -> None:
    world = gated("ask the porter")
    world.stations.loc[0, "hours"] = "日出而作"
    assert 2 in covered(world, "We-03:00")
    said = {note.code: note for note in answer(world, at("We-03:00")).notes}
    assert (said["hours_unreadable"].stations, said["hours_unreadable"].gates) == (("s1",), ("g1",))
    assert answer(world, at(None)).notes == []
    silent = small_world([station("s1", 0)])
    assert [note.code for note in answer(silent, at("We-03:00")).notes] == ["hours_unknown"]


@pytest.mark.parametrize("when", ["Mo-24:00", "mo-10:00", "Mo-9:00", "Xx-10:00", ""])
def test_a_time_is_written_one_way(when: str) -> None:
    from gis.base.errors import Invalid

    with pytest.raises(Invalid, match="week_time"):
        at(when)
