"""Dispatch: rules by the area they are for, alarms by where they are, decisions and approvals by the event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from tests.events.reports import uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Judge, Operation
from tests.matrix.ops_areas import fine, plain
from tests.matrix.ops_events import matters, places, refused
from tests.matrix.places import AREAS, MATTERS, Matter, Person, is_within
from tests.matrix.world import World

SETS, ALARMS = "/api/v1/rule-sets", "/api/v1/dispatch-alarms"
RULE = {"code": "people", "to": "community"}
LATER = {"If-Match": '"9"'}
CSV = {"Content-Type": "text/csv"}
DUTY = b"code,name,categories,lead\nQ1,x,gov-s:request:S0202,d0\n"
ADMITTED = b"code,name,categories\nZ1,x,gov-s:request:S0202\n"
OUTSIDE = refused(403, "rules_outside_scope")


def plant(connection: Connection, made: World) -> None:
    """For every area a rule set and an alarm, for every matter a decision and an approval."""
    for key, (code, _, _) in AREAS.items():
        made.rule_sets[key] = _number(
            connection,
            "INSERT INTO dispatch_rule_set (city, version, name_zh, name_en) VALUES (:city, 'matrix', 'x', 'x')"
            " RETURNING id",
            city=code,
        )
        connection.execute(
            text("INSERT INTO dispatch_rule VALUES (:id, 'people', cast(:rule AS jsonb))"),
            {"id": made.rule_sets[key], "rule": json.dumps(RULE)},
        )
        made.alarms[key] = _number(
            connection,
            "INSERT INTO dispatch_alarm (kind, area_id, detail) VALUES ('no_rule', :area, 'matrix') RETURNING id",
            area=made.areas[key],
        )
    for matter in MATTERS.values():
        values = {"event": made.told[matter.key].event, "area": made.areas[matter.place]}
        connection.execute(
            text(
                "INSERT INTO dispatch_trace (event_id, seq, outcome, actor, inputs) VALUES (cast(:event AS uuid), 1,"
                " 'none', 'x', cast(:inputs AS jsonb))"
            ),
            values | {"inputs": json.dumps({"answers": {"said": answer_of(matter)}})},
        )
        connection.execute(
            text(
                "INSERT INTO admission_approval (event_id, area_id, account_id, actor, reason)"
                " VALUES (cast(:event AS uuid), :area, :account, 'x', 'planted')"
            ),
            values | {"account": made.accounts["nobody"]},
        )


def _number(connection: Connection, statement: str, **values: Any) -> int:
    return int(connection.execute(text(statement), values).scalar_one())


def answer_of(matter: Matter) -> str:
    """What was answered about a matter, and about no other."""
    return f"answer-{matter.key}~"


def held(person: Person, place: str) -> bool:
    """Whether somebody changes the rules of an area."""
    return may.covers(person, "rules.edit", place)


def listed(world: World, person: Person, kin: str) -> Iterator[Call]:
    """All sets are shown; which are one's own to change is told."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        named = {number: key for key, number in world.rule_sets.items()}
        told = {named[one["id"]]: one["editable"] for one in answer.json["items"] if one["id"] in named}
        assert told == {key: held(person, key) for key in AREAS}

    yield Call(SETS, check)


def of_set(judge: Judge, method: str = "GET", rest: str = "", **more: object) -> Calls:
    """The set of an area in each relation: what is not one's own to change is refused, reading is not."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in places(person, kin):
            own = method == "GET" or held(person, place)
            given = dict(more)
            if method == "PUT":
                given["body"] = written(place, "matrix")
            yield Call(
                f"{SETS}/{world.rule_sets[place]}{rest}",
                judge if own else OUTSIDE,
                method,
                **given,  # type: ignore[arg-type]
            )

    return calls


def written(place: str, version: str) -> dict[str, Any]:
    """A rule set for an area."""
    return {"city": AREAS[place][0], "version": version, "name_zh": "x", "rules": [RULE]}


def made(world: World, person: Person, kin: str) -> Iterator[Call]:
    """New rules, for areas in each relation and for everywhere."""
    for place in (None, *places(person, kin)):
        own = held(person, place or "p")

        def check(world: World, person: Person, answer: Answer, own: bool = own) -> None:
            assert (answer.status, answer.code) == ((201, "") if own else (403, "rules_outside_scope"))

        body = written(place or "p", uuid7()) | ({"city": ""} if place is None else {})
        yield Call(SETS, check, "POST", body=body)


def tried(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A set on the history of its area: all of it is counted, and only events one sees are shown."""
    for place in places(person, kin):
        inside = [key for key, matter in MATTERS.items() if is_within(matter.place, place)]

        def check(
            world: World, person: Person, answer: Answer, place: str = place, inside: list[str] = inside
        ) -> None:
            if not held(person, place):
                OUTSIDE(world, person, answer)
                return
            assert answer.status == 200, answer.code
            assert answer.json["events"] == len(inside)
            named = {told.event: key for key, told in world.told.items()}
            shown = {named[one["event"]] for row in answer.json["diff"] for one in row["examples"]}
            assert all(may.sees_event(person, MATTERS[key]) for key in shown)

        yield Call(f"{SETS}/{world.rule_sets[place]}/simulate", check, "POST", body={"days": 2})


def imported(path: str, content: bytes) -> Calls:
    """A list tried for areas in each relation and for everywhere."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in (None, *places(person, kin)):
            judge = fine if held(person, place or "p") else OUTSIDE
            params = {
                "city": "" if place is None else AREAS[place][0],
                "version": "matrix",
                "begins": "2026-01-01",
            }
            yield Call(path, judge, "POST", params=params, headers=CSV, content=content)

    return calls


def alarms(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Those of the areas whose rules one changes."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        named = {number: key for key, number in world.alarms.items()}
        seen = {named[one["id"]] for one in answer.json["items"] if one["id"] in named}
        assert seen == {key for key in AREAS if held(person, key)}

    yield Call(ALARMS, check, params={"limit": "200"})


def acknowledged(world: World, person: Person, kin: str) -> Iterator[Call]:
    """An alarm in each relation: once, by whoever changes the rules there; there is none for others."""
    for place in places(person, kin):

        def check(world: World, person: Person, answer: Answer, own: bool = held(person, place)) -> None:
            wanted = {(200, ""), (409, "seen_already")} if own else {(404, "no_such_alarm")}
            assert (answer.status, answer.code) in wanted

        path = f"{ALARMS}/{world.alarms[place]}/acknowledge"
        yield Call(path, check, "POST", body={"note": "seen"})


def explained(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The decision about every event one sees; what was answered is for who reads the words."""
    for matter in matters(person, kin):

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if not may.sees_event(person, matter):
                assert (answer.status, answer.code) == (404, "no_such_event")
                return
            assert answer.status == 200, answer.code
            [decision] = answer.json["decisions"]
            words = {"answers": {"said": answer_of(matter)}} if may.sees_words(person, matter) else {}
            assert decision["inputs"] == words
            assert [one["reason"] for one in answer.json["approvals"]] == ["planted"]

        yield Call(f"/api/v1/events/{world.told[matter.key].event}/dispatch", check)


def approved(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What was approved before is told to whoever may approve there, refused to who only sees it."""
    for matter in matters(person, kin):

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            wanted = (404, "no_such_event")
            if may.sees_event(person, matter):
                may_approve = may.covers_event(person, "events.approve", matter)
                wanted = (409, "approved_already") if may_approve else (403, "forbidden")
            assert (answer.status, answer.code) == wanted

        path = f"/api/v1/events/{world.told[matter.key].event}/admission"
        yield Call(path, check, "POST", body={"area": AREAS[matter.place][0], "reason": "because"})


OPERATIONS = {
    "list_rule_sets": Operation("rules.edit", listed),
    "create_rule_set": Operation("rules.edit", made, "areas", writes=True),
    "show_rule_set": Operation("rules.edit", of_set(fine), "areas"),
    "update_rule_set": Operation(
        "rules.edit", of_set(refused(412, "stale"), "PUT", headers=LATER), "areas", writes=True
    ),
    "activate_rule_set": Operation(
        "rules.edit", of_set(refused(412, "stale"), "POST", "/activate", headers=LATER), "areas", writes=True
    ),
    "lint_rule_set": Operation("rules.edit", of_set(fine, rest="/lint"), "areas"),
    "simulate_rule_set": Operation("rules.edit", tried, "areas"),
    "list_duty_items": Operation("self", plain("/api/v1/duty-items")),
    "list_admission_items": Operation("self", plain("/api/v1/admission-items")),
    "import_duty_items": Operation(
        "rules.edit", imported("/api/v1/duty-items/import", DUTY), "areas", writes=True
    ),
    "import_admission_items": Operation(
        "rules.edit", imported("/api/v1/admission-items/import", ADMITTED), "areas", writes=True
    ),
    "list_dispatch_alarms": Operation("rules.edit", alarms),
    "acknowledge_dispatch_alarm": Operation("rules.edit", acknowledged, "areas", writes=True),
    "explain_dispatch": Operation("events.read", explained, "matters"),
    "approve_admission": Operation("events.approve", approved, "matters", writes=True),
}
