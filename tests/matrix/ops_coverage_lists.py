"""Lists of coverage: uncovered homes with the people one may count, and presets with sums of whole areas alone."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_areas import fine, plain
from tests.matrix.ops_events import in_area, places
from tests.matrix.places import AREAS, HOUSES, Person, is_within
from tests.matrix.world import World

NOWHERE_NEAR = {"types": "party_mass_center", "metres": "1"}


def uncovered(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Every home of the area; its people and its address where one may count them, the total of whole areas."""
    for place in [None, *places(person, kin, most=4)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            assert answer.status == 200
            got = answer.json
            listed = {one["code"]: one for one in got["items"]}
            inside = {code for code, house in HOUSES.items() if place is None or is_within(house.grid, place)}
            assert listed
            assert set(listed) <= inside
            for code, one in listed.items():
                own = may.covers(person, "people.read", HOUSES[code].grid)
                assert one["residents"] == (HOUSES[code].counts["actual"] if own else None)
                assert one["address"] == (f"house {code}" if own else None)
            whole = may.covers(person, "people.read", place or "p")
            assert got["total"] == (len(listed) if whole else None)

        params = NOWHERE_NEAR | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/coverage/uncovered", in_area("coverage.read", place, check), params=params)


def preset(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Needs, tiers and communities: of the people one may count, a whole area or no number."""
    for place in [None, *places(person, kin, most=4)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            assert answer.status == 200
            got = answer.json
            for one in [need["totals"] for need in got["needs"]] + [
                tier["complete"] for tier in got["tiers"]
            ]:
                assert one["residents"]["total"] == _residents(person, place or "p")
            for key, (code, _, _) in AREAS.items():
                for row in got["communities"]:
                    if row["code"] == code and (place is None or is_within(key, place)):
                        assert row["complete"]["15"]["total"] == _residents(person, key)

        params = {"unit": "metres"} | ({} if place is None else {"area": AREAS[place][0]})
        path = "/api/v1/coverage/presets/party_mass"
        yield Call(path, in_area("coverage.read", place, check), params=params)


def _residents(person: Person, place: str) -> int | None:
    houses = [house for house in HOUSES.values() if is_within(house.grid, place)]
    return may.people_of(houses, "actual") if may.covers(person, "people.read", place) else None


OPERATIONS = {
    "coverage_uncovered": Operation("coverage.read", uncovered, "areas"),
    "coverage_presets": Operation("coverage.read", plain("/api/v1/coverage/presets", fine)),
    "coverage_preset": Operation("coverage.read", preset, "areas"),
}
