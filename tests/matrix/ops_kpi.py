"""Indicators by where kpi.read is held; campaigns by where one works, manages them or answers for the indicators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from tests.events.reports import uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Judge, Operation
from tests.matrix.ops_areas import plain
from tests.matrix.ops_events import places, refused
from tests.matrix.places import AREAS, GRIDS, HOUSES, Person, is_within
from tests.matrix.world import World

PATH = "/api/v1/campaigns"
DAYS = {"from": "2026-01-01", "to": "2026-12-31"}
AT = "2026-06-01T08:00:00+08:00"
NOT_FOUND = refused(404, "no_such_campaign")


def plant(connection: Connection, made: World) -> None:
    """In every area a campaign that visits all houses in it, with a problem in each of its grids."""
    for key in AREAS:
        made.campaigns[key] = str(uuid7())
        values = {"id": made.campaigns[key], "area": made.areas[key]}
        for statement in (
            "INSERT INTO campaign (id, kind, name, area_id, begins, ends) VALUES (cast(:id AS uuid), 'check', 'matrix',"
            " :area, '2026-01-01', '2026-12-31')",
            "INSERT INTO campaign_target (campaign_id, building_id, area_id, households) SELECT cast(:id AS uuid), b.id,"
            " b.grid_id, 7 FROM building AS b JOIN area AS g ON g.id = b.grid_id WHERE :area = ANY(g.path)",
            "INSERT INTO campaign_problem (id, campaign_id, area_id, note, registered_at) SELECT gen_random_uuid(),"
            " cast(:id AS uuid), g.id, g.code, '2026-06-01' FROM area AS g WHERE g.level = 'grid' AND :area = ANY(g.path)",
        ):
            connection.execute(text(statement), values)


def answers_for(person: Person, key: str) -> bool:
    """Whether they manage campaigns or answer for the indicators there."""
    return any(may.covers(person, permission, key) for permission in ("campaigns.manage", "kpi.read"))


def handles_at(person: Person, key: str) -> bool:
    """Whether they handle matters on the spot there: also in roles bounded to categories."""
    return any(
        held.area is not None and is_within(key, held.area)
        for held in may.grants(person, "events.self_handle")
    )


def works_at(person: Person, key: str) -> bool:
    """Whether they may knock on doors there."""
    return handles_at(person, key) or may.covers(person, "campaigns.manage", key)


def sees(person: Person, key: str) -> bool:
    """Whether the campaign of an area exists for them: they answer for it, or work in a part of it."""
    return answers_for(person, key) or any(
        handles_at(person, place) for place in AREAS if is_within(place, key)
    )


def seen_campaigns(world: World, person: Person) -> set[Any]:
    """The campaigns that exist for somebody."""
    return {world.campaigns[key] for key in AREAS if sees(person, key)}


def seen_grids(person: Person) -> set[Any]:
    """The codes of the grids whose problems they read: not in roles bounded to categories."""
    return {
        AREAS[grid][0]
        for grid in GRIDS
        if answers_for(person, grid) or may.covers(person, "events.self_handle", grid)
    }


def seen_houses(person: Person) -> set[Any]:
    """The houses whose targets they read."""
    return {
        code
        for code, house in HOUSES.items()
        if answers_for(person, house.grid) or handles_at(person, house.grid)
    }


def in_scope(path: str, **more: str) -> Calls:
    """Numbers of areas in each relation: told where kpi.read is held, refused elsewhere."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in places(person, kin):
            held = may.covers(person, "kpi.read", place)

            def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
                assert (answer.status, answer.code) == ((200, "") if held else (403, "outside_scope"))

            yield Call(path, check, params={"area": AREAS[place][0], **DAYS, **more})

    return calls


def homes(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Households beside the numbers of grids, where counts of people may be read."""
    for place in places(person, kin):
        held = may.covers(person, "kpi.read", place)

        def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
            assert (answer.status, answer.code) == ((200, "") if held else (403, "outside_scope"))
            codes = {code: key for key, (code, _, _) in AREAS.items()}
            for line in answer.json.get("lines", []):
                told = may.covers(person, "people.read", codes[line["code"]])
                assert told or line["households"] is None

        yield Call("/api/v1/kpi/workload", check, params={"area": AREAS[place][0], **DAYS, "level": "grid"})


def own(world: World, person: Person, answer: Answer) -> None:
    """One's own load, and nobody's name in it."""
    assert answer.status == 200, answer.code
    assert set(answer.json) == {
        "as_of", "open", "overdue", "due_today", "suspended", "to_inspect", "finished_30_days", "inspected_30_days",
    }  # fmt: skip


def listed(world: World, person: Person, answer: Answer) -> None:
    """The campaigns that exist for somebody, and no other."""
    assert answer.status == 200, answer.code
    planted = set(world.campaigns.values())
    assert {one["id"] for one in answer.json["items"] if one["id"] in planted} == seen_campaigns(
        world, person
    )


def one_of(judge: Judge, rest: str = "") -> Calls:
    """The campaign of areas in each relation."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in places(person, kin):
            path = f"{PATH}/{world.campaigns[place]}{rest}"
            yield Call(path, judge if sees(person, place) else NOT_FOUND)

    return calls


def figures(world: World, person: Person, answer: Answer) -> None:
    """The grids one answers for; households where counts of people may be read."""
    assert answer.status == 200, answer.code
    codes = {code: key for key, (code, _, _) in AREAS.items()}
    for one in answer.json["grids"]:
        grid = codes[one["code"]]
        assert answers_for(person, grid) or handles_at(person, grid)
        assert (one["households"] is not None) == may.covers(person, "people.read", grid)


def houses(world: World, person: Person, answer: Answer) -> None:
    """Targets where one works."""
    assert answer.status == 200, answer.code
    assert {one["code"] for one in answer.json["items"]} <= seen_houses(person)


def troubles(world: World, person: Person, answer: Answer) -> None:
    """Problems where one works."""
    assert answer.status == 200, answer.code
    assert {one["area"] for one in answer.json["items"]} <= seen_grids(person)


def begun(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A campaign begins where one manages them."""
    for place in places(person, kin):
        held = may.covers(person, "campaigns.manage", place)

        def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
            assert (answer.status, answer.code) == ((201, "") if held else (403, "outside_scope"))

        body = {
            "id": str(uuid7()), "name": "matrix", "area": AREAS[place][0], "begins": "2026-01-01", "ends": "2026-12-31",
            "buildings": [],
        }  # fmt: skip
        yield Call(PATH, check, "POST", body=body)


def _expected(person: Person, place: str, grid: str) -> Judge:
    if not sees(person, place):
        return NOT_FOUND
    if not works_at(person, grid):
        return refused(404, "no_such_target")

    def kept(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        assert answer.json["replay"] is False

    return kept


def knocked(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A visit, and a problem, in a grid of each relation, in the campaign of that grid."""
    for grid in [key for key in places(person, kin, most=9) if key in GRIDS][:2]:
        house = next(code for code, one in HOUSES.items() if one.grid == grid)
        body = {"id": str(uuid7()), "building": house, "door": "1-1", "result": "met", "visited_at": AT}
        yield Call(f"{PATH}/{world.campaigns[grid]}/visits", _expected(person, grid, grid), "POST", body=body)


def noted(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A problem in a grid of each relation; one of another grid is none of a campaign's."""
    for grid in [key for key in places(person, kin, most=9) if key in GRIDS][:2]:
        body = {"id": str(uuid7()), "area": AREAS[grid][0], "note": "x", "registered_at": AT}
        yield Call(
            f"{PATH}/{world.campaigns[grid]}/problems", _expected(person, grid, grid), "POST", body=body
        )


def solved(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A problem nobody has: none, whoever asks."""
    for place in places(person, kin):
        missing = refused(404, "no_such_problem") if sees(person, place) else NOT_FOUND
        yield Call(f"{PATH}/{world.campaigns[place]}/problems/{uuid7()}/solve", missing, "POST", body={})


OPERATIONS = {
    "read_indicators": Operation("kpi.read", in_scope("/api/v1/kpi", level="grid"), "areas"),
    "export_kpi": Operation("kpi.read", in_scope("/api/v1/kpi/export", format="csv"), "areas"),
    "rank_areas": Operation("kpi.read", in_scope("/api/v1/kpi/ranking"), "areas"),
    "read_workload": Operation("kpi.read", homes, "areas"),
    "read_whistle_rates": Operation("kpi.read", in_scope("/api/v1/kpi/whistles"), "areas"),
    "read_my_load": Operation("self", plain("/api/v1/me/load", own)),
    "list_campaigns": Operation("self", plain(PATH, listed)),
    "open_campaign": Operation("campaigns.manage", begun, "areas", writes=True),
    "read_campaign": Operation("self", one_of(figures), "areas"),
    "list_targets": Operation("self", one_of(houses, "/targets"), "areas"),
    "list_problems": Operation("self", one_of(troubles, "/problems"), "areas"),
    "visit_door": Operation("self", knocked, "areas", writes=True),
    "note_problem": Operation("self", noted, "areas", writes=True),
    "solve_problem": Operation("self", solved, "areas", writes=True),
}
