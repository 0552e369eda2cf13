"""Scenarios by the area they are about or who made them; edits by where they are made."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Judge, Operation
from tests.matrix.ops_events import places, refused
from tests.matrix.places import AREAS, GRIDS, HOUSES, Person, is_within
from tests.matrix.world import World, point_of

QUESTION = {"types": "party_mass_center", "minutes": "15"}
VERSION = {"If-Match": '"1"'}
LATER = {"If-Match": '"9"'}
STALE = refused(412, "stale")


def listed(world: World, person: Person, kin: str) -> Iterator[Call]:
    """All scenarios somebody sees, and no other."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        made = {name: key for key, name in world.scenarios.items()}
        seen = {made[one["id"]] for one in answer.json["items"] if one["id"] in made}
        assert seen == {key for key in made.values() if may.sees_scenario(person, key)}
        mine = {made[one["id"]] for one in answer.json["items"] if one["mine"] and one["id"] in made}
        assert mine == ({"own"} if person.name == "double" else set())

    yield Call("/api/v1/scenarios", check, params={"limit": "100"})


def one_of(judge: Judge, method: str = "GET", rest: str = "", **more: object) -> Calls:
    """A scenario in each relation: there is none where somebody does not plan and did not make it."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for key in (*places(person, kin), "own"):
            seen = may.sees_scenario(person, key)
            yield Call(
                f"/api/v1/scenarios/{world.scenarios[key]}{rest}",
                judge if seen else refused(404, "scenario_not_found"),
                method,
                **more,  # type: ignore[arg-type]
            )

    return calls


def whole(world: World, person: Person, answer: Answer) -> None:
    """Told in full."""
    assert answer.status == 200, answer.code
    assert answer.json["edits"] == [{"kind": "close_station", "code": "ST-a111a"}]


def compared(world: World, person: Person, answer: Answer) -> None:
    """Sums of whole areas one may count, and the people of single homes there alone."""
    assert answer.status == 200, answer.code
    got = answer.json
    everything = may.covers(person, "people.read", "p")
    assert got["suppressed"] is not everything
    assert (got["lost"]["residents"] is not None) == everything
    codes = {code: key for key, (code, _, _) in AREAS.items()}
    for row in got["communities"]:
        own = may.covers(person, "people.read", codes[row["code"]])
        for side in ("before", "after"):
            assert (row[side]["residents"]["total"] is not None) == own
    assert got["buildings"]["features"], "something changes when a station closes"
    for one in got["buildings"]["features"]:
        house = HOUSES[one["properties"]["code"]]
        own = may.covers(person, "people.read", house.grid)
        assert one["properties"]["residents"] == (house.counts["actual"] if own else None)


def made_in(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A scenario about an area: made where one plans, or in what one plans of it; refused elsewhere."""
    for place in places(person, kin):
        held = [one for one in may.grants(person, "coverage.plan") if one.area is not None]
        near = any(is_within(place, one.area or "") or is_within(one.area or "", place) for one in held)

        def check(world: World, person: Person, answer: Answer, near: bool = near) -> None:
            assert (answer.status, answer.code) == ((201, "") if near else (403, "outside_scope"))

        body = {"name": "matrix", "edits": [], "question": {"area": AREAS[place][0]}}
        yield Call("/api/v1/scenarios", check, "POST", body=body)


def edited(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A station's hours: changed where one may change the register."""
    for place in [key for key in places(person, kin, most=9) if key in GRIDS][:2]:
        held = may.covers(person, "register.edit", place)

        def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
            assert (answer.status, answer.code) == ((201, "") if held else (403, "edit_outside_scope"))

        edit = {"kind": "set_station_hours", "code": f"ST-{place}", "hours": "Mo-Fr 08:00-17:00"}
        yield Call("/api/v1/edits", check, "POST", body={"edit": edit})
        lon, lat = point_of(place)
        moved = {"kind": "move_station", "code": "ST-a111a", "lon": lon, "lat": lat}
        if not held:
            yield Call("/api/v1/edits", refused(403, "edit_outside_scope"), "POST", body={"edit": moved})


def edits(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The record of the areas one may change."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        made = {number: key for key, number in world.edits.items()}
        seen = {made[one["id"]] for one in answer.json["items"] if one["id"] in made}
        assert seen == {key for key in AREAS if may.covers(person, "register.edit", key)}

    yield Call("/api/v1/edits", check, params={"limit": "200"})


OPERATIONS = {
    "list_scenarios": Operation("coverage.plan", listed),
    "create_scenario": Operation("coverage.plan", made_in, "areas", writes=True),
    "read_scenario": Operation("coverage.plan", one_of(whole), "areas"),
    "compare_scenario": Operation(
        "coverage.plan", one_of(compared, rest="/comparison", params=QUESTION), "areas"
    ),
    "update_scenario": Operation(
        "coverage.plan", one_of(STALE, "PATCH", headers=LATER, body={"name": "x"}), "areas", writes=True
    ),
    "delete_scenario": Operation(
        "coverage.plan", one_of(STALE, "DELETE", headers=LATER), "areas", writes=True
    ),
    "adopt_scenario": Operation(
        "register.edit", one_of(STALE, "POST", "/adopt", headers=LATER), "areas", writes=True
    ),
    "make_edit": Operation("register.edit", edited, "areas", writes=True),
    "list_edits": Operation("register.edit", edits),
}
