"""Deficits, housing, equity, accessibility: counts of people of whole areas of one's own, or no number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_areas import TYPES, plain
from tests.matrix.ops_events import in_area, places, reaches, refused
from tests.matrix.places import AREAS, HOUSES, Person, is_within
from tests.matrix.world import World

KEYS = {code: key for key, (code, _, _) in AREAS.items()}
NUMBERS = (
    "required",
    "missing",
    "missing_by_number",
    "missing_by_reach",
    "area_required_m2",
    "area_missing_m2",
)


def _count(place: str, name: str) -> int:
    return may.people_of((house for house in HOUSES.values() if is_within(house.grid, place)), name)


def _of_communities(
    person: Person, rows: list[dict[str, Any]], code: str
) -> Iterator[tuple[dict[str, Any], str, bool]]:
    """Rows with the key of their community, and whether its people are somebody's to read."""
    for row in rows:
        key = KEYS[row[code]]
        yield row, key, may.covers(person, "people.read", key)


def deficits(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What a community is missing is told of one's own; the totals where all of the area is one's own."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            if place is not None and not reaches(person, "coverage.read", place):
                assert (answer.status, answer.code) == (403, "outside_scope")
                return
            if place is not None and AREAS[place][1] == "grid":
                assert (answer.status, answer.code) == (422, "area_level")
                return
            assert answer.status == 200, answer.code
            for row, key, own in _of_communities(person, answer.json["rows"], "community"):
                _need(row, key, own)
            for row in answer.json["totals"]:
                _need(row, place or "p", may.covers(person, "people.read", place or "p"))
            ranked = {row["community"]: row for row in answer.json["ranked"]}
            for code, row in ranked.items():
                assert may.covers(person, "people.read", KEYS[code])
                assert row["residents"] == _count(KEYS[code], "actual")

        params = {} if place is None else {"area": AREAS[place][0]}
        yield Call("/api/v1/coverage/deficits", check, params=params)


def _need(row: dict[str, Any], place: str, own: bool) -> None:
    assert row["suppressed"] is not own, row["type"]
    if not own:
        assert {row[name] for name in NUMBERS} == {None}
        assert {*row["residents"].values(), row["present"]} == {None}
    elif row["type"] != "community_rooms":
        assert row["residents"]["total"] == _count(place, "actual"), f"residents of {place}"


def equity(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Each community of one's own; the spread where all of the area is."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            assert answer.status == 200, answer.code
            got = answer.json
            for row, key, own in _of_communities(person, got["communities"], "code"):
                assert row["suppressed"] is not own
                assert row["residents"] == (_count(key, "actual") if own else None)
                assert own or row["mean_distance_m"] is None
            whole = may.covers(person, "people.read", place or "p")
            distance = got["distance"]
            assert distance["capped"]["total"] == (_count(place or "p", "actual") if whole else None)
            if not whole:
                told = (got["gini"], got["palma"], got["theil"], got["minimum"], got["worst_tenth"]["total"])
                spread = [value for name, value in distance.items() if name != "capped"]
                assert {*told, *spread} == {None}

        params = TYPES | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/coverage/equity", in_area("coverage.read", place, check), params=params)


def accessibility(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Scores only of communities of one's own, whose neighbours at the stations are one's own as well."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            assert answer.status == 200, answer.code
            for row, key, own in _of_communities(person, answer.json["communities"], "code"):
                assert own or (row["suppressed"] and row["score"] is row["residents"] is None)
                assert row["residents"] in {None, _count(key, "actual")}
            if not may.holds(person, "people.read"):
                assert {row["ratio"] for row in answer.json["stations"]} <= {None}

        params = TYPES | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/coverage/accessibility", in_area("coverage.read", place, check), params=params)


def housing(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Arithmetic on a standard: nothing of any area."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        assert answer.json["needs"]

    yield from plain("/api/v1/coverage/housing", check, households="1200")(world, person, kin)
    yield Call(
        "/api/v1/coverage/housing",
        refused(422, "unknown_standard"),
        params={"households": "5", "standards": "x"},
    )


OPERATIONS = {
    "coverage_deficits": Operation("coverage.read", deficits, "areas"),
    "coverage_housing": Operation("coverage.read", housing),
    "coverage_equity": Operation("coverage.read", equity, "areas"),
    "coverage_accessibility": Operation("coverage.read", accessibility, "areas"),
}
