"""Commands on events, what may be done with them, and templates: by hand and apart from the product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from gis.events.photos import path_of
from tests.events.reports import uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_areas import plain
from tests.matrix.ops_events import matters, places, refused, step_photo
from tests.matrix.places import AREAS, LOUD, MATTERS, Matter, Person, is_within
from tests.matrix.world import World

SENDERS = ("nobody", "admin", "leader_province", "double")
"""People who have sent a command on every event: their own to see, and nobody else's."""
URGE: dict[str, Any] = {
    "command": "urge", "from": "reported", "to": "reported", "label_zh": "催办", "label_en": "urge",
    "permission": "events.supervise", "by_system": True,
}  # fmt: skip
CLOSE = URGE | {"command": "close", "to": "closed", "permission": "events.accept", "by_system": False}
STEP = (
    "INSERT INTO attachment (sha256, media_type, bytes, width, height) VALUES (:stored, 'image/jpeg', 20, 1, 1)",
    "INSERT INTO event_command (id, body_sha256, body, account_id, event_id, command, state, decided_at, refusal)"
    " VALUES (cast(:command AS uuid), '', '{}', NULL, cast(:event AS uuid), 'note', 'refused', now(), '{}')",
    "INSERT INTO command_photo VALUES (cast(:command AS uuid), :stored, 'other', cast(:event AS uuid), :stored)",
    "INSERT INTO event_log (event_id, seq, at, actor, action, from_status, to_status, command_id, prev_hash, hash)"
    " SELECT event_id, 2, at, 'system', 'note', 'reported', 'reported', cast(:command AS uuid), hash, log_hash(event_id,"
    " 2, at, 'system', NULL, 'note', 'reported', 'reported', 1, NULL, '{}', cast(:command AS uuid), hash)"
    " FROM event_log WHERE event_id = cast(:event AS uuid)",
)
TEMPLATE: dict[str, Any] = {
    "name_zh": "模板", "name_en": "template", "schemes": ["none"],
    "states": [
        {
            "status": "reported", "label_zh": "已上报", "label_en": "reported", "stage": "accept", "limit_value": 1,
            "limit_kind": "work_hour", "timeout": "urge",
        },
        {"status": "closed", "label_zh": "已结案", "label_en": "closed"},
    ],
    "edges": [URGE, CLOSE],
}  # fmt: skip


def plant(connection: Connection, made: World) -> None:
    """A refused command of some people on every event, with a photo announced."""
    for name in SENDERS:
        for told in made.told.values():
            made.commands[name] = uuid7()
            values = {"id": made.commands[name], "account": made.accounts[name], "event": told.event}
            connection.execute(
                text(
                    "INSERT INTO event_command (id, body_sha256, body, account_id, event_id, command, state, decided_at,"
                    " refusal) VALUES (cast(:id AS uuid), '', '{}', :account, cast(:event AS uuid), 'accept',"
                    """ 'refused', now(), '{"code": "x", "detail": "x", "detail_en": "x"}')"""
                ),
                values,
            )
            connection.execute(
                text(
                    "INSERT INTO command_photo (command_id, sha256, slot, event_id)"
                    " VALUES (cast(:id AS uuid), :sha256, 'after', cast(:event AS uuid))"
                ),
                values | {"sha256": "c" * 64},
            )


def plant_photos(connection: Connection, made: World, folder: Path) -> None:
    """A step with a stored photo on every event whose report has one."""
    for matter in MATTERS.values():
        if not matter.photo:
            continue
        stored = step_photo(matter.key)
        target = path_of(folder, stored)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"\xff\xd8\xffstep " + matter.key.encode())
        values = {"stored": stored, "event": made.told[matter.key].event, "command": uuid7()}
        for statement in STEP:
            connection.execute(text(statement), values)


def sent(world: World, person: Person) -> set[Any]:
    """The events on which somebody sees commands: all for whoever sent them, none for others."""
    if may.is_somebody(person) and person.name in SENDERS:
        return {told.event for told in world.told.values()}
    return set()


def accepts(person: Person, matter: Matter) -> bool:
    """Whether they decide at the level that has the event: the area it lies in, or one above. No department does."""
    return any(
        held.area is not None
        and is_within(matter.place, held.area)
        and not (held.limited and matter.category != LOUD)
        for held in may.grants(person, "events.accept")
    )


def _refusal(person: Person, matter: Matter) -> tuple[int, str]:
    """Rejecting without a reason: seen at all, allowed at all, then asked for the reason. Nothing is ever changed."""
    if not may.sees_event(person, matter):
        return 404, "no_such_event"
    return (422, "reason_required") if accepts(person, matter) else (403, "forbidden")


def command(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One command on one event."""
    for matter in matters(person, kin):
        body = {"id": uuid7(), "command": "reject", "base_version": 1}
        path = f"/api/v1/events/{world.told[matter.key].event}/commands"
        yield Call(path, refused(*_refusal(person, matter)), "POST", body=body)
    yield from merging(world, person, kin)


def merging(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Into what is not seen nothing is merged, as if it were not there."""
    own = next((matter for matter in MATTERS.values() if accepts(person, matter)), None)
    if own is None:
        return
    for matter in matters(person, kin):
        if not may.sees_event(person, matter):
            into = {"command": "merge", "reason": "x", "data": {"into": world.told[matter.key].event}}
            path = f"/api/v1/events/{world.told[own.key].event}/commands"
            body = {"id": uuid7(), "base_version": 1} | into
            yield Call(path, refused(422, "unknown_into"), "POST", body=body)


def commands(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Many at once: each is judged as if it were alone."""
    chosen = list(matters(person, kin))
    items = [
        {"id": uuid7(), "command": "reject", "base_version": 1, "event": world.told[matter.key].event}
        for matter in chosen
    ]

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        found = [(one["status"], one["problem"]["code"]) for one in answer.json["items"]]
        assert found == [_refusal(person, matter) for matter in chosen]

    if items:
        known = frozenset(world.told[matter.key].event for matter in chosen)
        yield Call("/api/v1/commands", check, "POST", body={"items": items}, known=known)


def offered(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What may be done now, offered to those alone who may."""
    for matter in matters(person, kin):

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if not may.sees_event(person, matter):
                assert (answer.status, answer.code) == (404, "no_such_event")
                return
            assert answer.status == 200
            names = {one["command"] for one in answer.json["items"]}
            assert ("reject" in names) == accepts(person, matter)
            assert ("note" in names) == may.covers_event(person, "events.read", matter)
            assert ("self_handle" in names) == may.covers_event(person, "events.self_handle", matter)

        yield Call(f"/api/v1/events/{world.told[matter.key].event}/actions", check)


def assignees(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Nobody is named for what cannot be assigned: none of these has been dispatched."""
    for matter in matters(person, kin):
        sees = may.sees_event(person, matter)
        told = refused(409, "no_such_step") if sees else refused(404, "no_such_event")
        yield Call(f"/api/v1/events/{world.told[matter.key].event}/handlers", told)


def mine(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One's own commands; numbers of events only where these are seen."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200
        numbers = {
            one["event_number"] for one in answer.json["items"] if one["refusal"]["code"] == "x"
        }  # the planted ones
        wanted = {
            world.told[key].number if may.sees_event(person, matter) else None
            for key, matter in MATTERS.items()
        }
        assert numbers == (wanted if person.name in SENDERS else set())

    known = frozenset(told.event for told in world.told.values())
    yield Call("/api/v1/commands", check, params={"mine": "true", "limit": 500}, known=known)


def photo(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A photo nobody's command announced is refused, whoever sends it."""
    yield Call(
        f"/api/v1/commands/{uuid7()}/photos/{'ab' * 32}", refused(404, "attachment_not_announced"), "PUT",
        headers={"Content-Type": "image/jpeg"}, content=b"\xff\xd8\xff",
    )  # fmt: skip


def template(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A template of one's own where one sets the rules."""
    for place in places(person, kin):
        held = may.covers(person, "rules.edit", place)

        def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
            assert (answer.status, answer.code) == ((201, answer.code) if held else (403, "outside_scope"))

        body = TEMPLATE | {"code": f"m_{place}", "area": AREAS[place][0]}
        yield Call("/api/v1/workflows", check, "POST", body=body)


OPERATIONS = {
    "take_command": Operation("self", command, "matters", writes=True),
    "take_commands": Operation("self", commands, "matters", writes=True),
    "list_actions": Operation("self", offered, "matters"),
    "list_handlers": Operation("self", assignees, "matters"),
    "list_commands": Operation("self", mine),
    "store_step_photo": Operation("self", photo),
    "list_workflows": Operation("self", plain("/api/v1/workflows")),
    "read_workflow": Operation("self", plain("/api/v1/workflows/grid")),
    "create_workflow_version": Operation("rules.edit", template, "areas", writes=True),
}
