"""Areas, the register, tiles and walking: where the map is open and the counts are not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Judge, Operation
from tests.matrix.mvt import features
from tests.matrix.ops_events import due, in_area, places, refused
from tests.matrix.places import AREAS, FEW, GRIDS, HOUSES, Person, is_within
from tests.matrix.world import STEP, WEST, World, box_of

TYPES = {"types": "party_mass_center", "minutes": "15"}


def fine(world: World, person: Person, answer: Answer) -> None:
    """Served."""
    assert answer.status == 200, answer.code


def plain(path: str, judge: Judge = fine, **params: str) -> Calls:
    """One request that does not depend on who asks."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        yield Call(path, judge, params=params)

    return calls


def whole_count(person: Person, place: str) -> int | None:
    """How many events an area has, told only where all of them may be seen; never a part of them."""
    return len(due(person, place)) if may.covers(person, "events.read", place) else None


# Set where a statement has lost the condition that a count is of a whole area, to see what guards the rows then.
parts_may_be_counted = False


def fits(person: Person, place: str, got: int | None) -> bool:
    """Whether a count of events is what somebody may be told."""
    return got == whole_count(person, place) or (parts_may_be_counted and got == len(due(person, place)))


def below(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Areas below one, with the events somebody sees there."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            assert answer.status == 200
            children = [key for key, (_, _, parent) in AREAS.items() if parent == place]
            got = {row["code"]: row.get("open_events") for row in answer.json}
            assert sorted(got) == sorted(AREAS[key][0] for key in children)
            for key in children:
                assert fits(person, key, got[AREAS[key][0]]), f"open events of {key}"

        params = {} if place is None else {"parent": AREAS[place][0]}
        yield Call("/api/v1/areas", check, params=params)


def card(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The card: events and people exactly where they are one's own, else none, or rounded away."""
    for place in places(person, kin, most=3):

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            assert answer.status == 200
            got = answer.json
            assert fits(person, place, got["events"])
            assert fits(person, place, got["open_events"])
            _people(person, place, got["people"])

        yield Call(f"/api/v1/areas/{AREAS[place][0]}", check)


def _people(person: Person, place: str, got: dict[str, Any] | None) -> None:
    houses = [house for house in HOUSES.values() if is_within(house.grid, place)]
    actual = may.people_of(houses, "actual")
    if may.covers(person, "people.read", place):
        assert got is not None
        for name in ("households", "registered", "actual", "floating"):
            assert got[name] == may.people_of(houses, name), f"{name} of {place}"
        return
    told = None if got is None else got["actual"]
    assert told in ({None} if is_within(FEW, place) and actual < 10 else {None, actual})


def grids(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The grids as features: no counts of anything."""
    for place in places(person, kin):

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            assert answer.status == 200
            inside = {AREAS[grid][0] for grid in GRIDS if is_within(grid, place)}
            assert {one["id"] for one in answer.json["features"]} == inside

        yield Call("/api/v1/grids.geojson", check, params={"area": AREAS[place][0]})


def stations(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Stations are for everybody."""
    for place in places(person, kin):

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            assert answer.status == 200
            assert answer.text.count('"ST-') >= len([grid for grid in GRIDS if is_within(grid, place)])

        yield Call("/api/v1/stations", check, params={"area": AREAS[place][0]})


def locating(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Where a point lies; nothing of who lives there."""
    west, south, east, north = box_of("a111a")
    point = {"lon": str((west + east) / 2), "lat": str((south + north) / 2), "coord_sys": "wgs84"}
    yield Call("/api/v1/locate", fine, params=point)


def near(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Places to pick an address from."""
    west, south, east, north = box_of("a111a")
    point = {"lon": str((west + east) / 2), "lat": str((south + north) / 2), "coord_sys": "wgs84"}
    yield Call("/api/v1/places", fine, params=point)


def tile_of(zoom: int, lon: float, lat: float) -> str:
    """The address of the tile around a point."""
    size = 1 << zoom
    x = int((lon + 180) / 360 * size)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * size)
    return f"{zoom}/{x}/{y}"


EVERYTHING = tile_of(11, WEST + STEP * len(GRIDS) / 2, 45.755)


def tiles(world: World, person: Person, kin: str) -> Iterator[Call]:
    """All layers; the grids carry as many open events as one sees."""

    def shaded(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200
        got = {one["code"]: one.get("n") for one in features(answer.content)["grids"]}
        assert sorted(got) == sorted(AREAS[grid][0] for grid in GRIDS)
        assert all(fits(person, grid, got[AREAS[grid][0]]) for grid in GRIDS)

    def uncounted(world: World, person: Person, answer: Answer) -> None:
        assert answer.status in {200, 204}
        for layer in features(answer.content).values():
            for one in layer:
                numbers = {value for value in one.values() if isinstance(value, int) and value > 1000}
                assert not numbers & {n for house in HOUSES.values() for n in house.counts.values()}

    yield Call(f"/tiles/grids/{EVERYTHING}.mvt", shaded)
    for name in ("base", "bounds", "labels"):
        yield Call(f"/tiles/{name}/{EVERYTHING}.mvt", uncounted)
        yield Call(f"/tiles/{name}/{tile_of(15, WEST + STEP / 2, 45.755)}.mvt", uncounted)


def _homes(place: str | None) -> list[str]:
    return [code for code, house in HOUSES.items() if place is None or is_within(house.grid, place)]


def numbers(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Who is covered, of the people one may count: a whole area, or no number."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            got = answer.json
            rows = {
                row["code"]: row for name in ("subdistricts", "communities", "grids") for row in got[name]
            }
            for key, (code, _, _) in AREAS.items():
                if code in rows and (place is None or is_within(key, place)):
                    _shares(person, key, rows[code])
            for name in ("totals", "overlap", "straight"):
                _shares(person, place or "p", got[name])
            own = may.covers(person, "people.read", place or "p")
            assert (got["borderline"]["residents"] is not None) == own

        params = TYPES | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/coverage", in_area("coverage.read", place, check), params=params)


def _shares(person: Person, place: str, got: dict[str, Any]) -> None:
    own = may.covers(person, "people.read", place)
    codes = _homes(place)
    residents = may.people_of((HOUSES[code] for code in codes), "actual")
    assert got["residents"]["total"] == (residents if own else None), f"residents of {place}"
    assert got["buildings"]["total"] == (len(codes) if own else None), f"homes of {place}"


def building(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One building: its walk for everybody here, its people and address where one may count them."""
    for place in places(person, kin, most=4):
        if place not in GRIDS:
            continue
        code = f"HS-{place}"

        def check(world: World, person: Person, answer: Answer, code: str = code) -> None:
            own = may.covers(person, "people.read", HOUSES[code].grid)
            got = answer.json
            assert answer.status == 200
            assert got["residents"] == (HOUSES[code].counts["actual"] if own else None)
            assert got["households"] == (HOUSES[code].counts["households"] if own else None)
            assert got["address"] == (f"house {code}" if own else None)

        yield Call(f"/api/v1/coverage/buildings/{code}", check, params=TYPES)


def export(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The file holds the buildings one may count, and no others."""
    for place in [None, *places(person, kin, most=1)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            body = answer.content.decode()
            own = {
                code
                for code in _homes(place)
                if may.covers(person, "coverage.export", HOUSES[code].grid)
                and may.covers(person, "people.read", HOUSES[code].grid)
            }
            assert {code for code in HOUSES if f'"{code}"' in body} == own

        params = TYPES | {"format": "geojson"} | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/coverage/export", in_area("coverage.export", place, check), params=params)


def circles(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The drawings tell nothing of people."""
    for place in places(person, kin, most=1):
        params = TYPES | {"area": AREAS[place][0]}
        yield Call("/api/v1/circles.geojson", in_area("coverage.read", place, fine), params=params)


def coverage_tile(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Buildings by whether they are covered, with the people one may count."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status in {200, 204}
        for one in features(answer.content).get("coverage", []):
            house = HOUSES[one["code"]]
            own = may.covers(person, "people.read", house.grid)
            assert one.get("r") in ({house.counts["actual"]} if own else {None, 0}), one
            assert own or one["code"] in HOUSES

    yield Call(f"/tiles/coverage/{EVERYTHING}.mvt", check, params=TYPES)


def no_tile(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A layer that is not there."""
    yield from tiles(world, person, kin)
    yield Call("/tiles/events/11/1/1.mvt", refused(404, "no_such_tile_layer"))


OPERATIONS = {
    "list_areas": Operation("public", below, "areas"),
    "read_area": Operation("self", card, "areas"),
    "grid_features": Operation("public", grids, "areas"),
    "locate": Operation("public", locating),
    "list_places": Operation("public", near),
    "list_codes": Operation("public", plain("/api/v1/codes")),
    "list_stations": Operation("public", stations, "areas"),
    "list_gates": Operation("coverage.plan", plain("/api/v1/gates", bbox="126,45,127,46")),
    "list_streets": Operation("coverage.plan", plain("/api/v1/streets", bbox="126,45,127,46")),
    "list_departments": Operation("self", plain("/api/v1/departments")),
    "public_statistics": Operation("public", plain("/api/v1/public/statistics")),
    "tile": Operation("public", no_tile),
    "coverage_options": Operation("coverage.read", plain("/api/v1/coverage/options")),
    "coverage_numbers": Operation("coverage.read", numbers, "areas"),
    "coverage_building": Operation("coverage.read", building, "areas"),
    "coverage_export": Operation("coverage.export", export, "areas"),
    "list_circles": Operation("coverage.read", circles, "areas"),
    "coverage_tile": Operation("coverage.read", coverage_tile),
}
