"""Notices: one's own; subscribers: those of the areas one sets rules for, and no secret of any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Operation
from tests.matrix.ops_areas import plain
from tests.matrix.ops_events import ids_in, places, refused
from tests.matrix.places import AREAS, Person
from tests.matrix.world import World

SUBSCRIBERS, SECRET = "/api/v1/subscribers", "sealed-secret-of-the-matrix"


def plant(connection: Connection, made: World) -> None:
    """In every area a subscriber with one delivery; for everybody a notice of every event, and all are overdue."""
    for key in AREAS:
        made.subscribers[key] = int(
            connection.execute(
                text(
                    "INSERT INTO subscriber (channel, name, address, secret_sealed, topics, area_id) VALUES"
                    " ('webhook', 'matrix', 'https://a.example', :secret, '{x}', :area) RETURNING id"
                ),
                {"area": made.areas[key], "secret": SECRET.encode()},
            ).scalar_one()
        )
    for statement in (
        "UPDATE event SET due_at = now() - interval '1 hour'",
        "DELETE FROM outbox",
        "INSERT INTO outbox (topic, event_id, area_id, payload, spread_at)"
        " SELECT 'event.matrix', id, scope_area_id, jsonb_build_object('number', number), now() FROM event",
        "INSERT INTO notice (account_id, outbox_id) SELECT a.id, o.id FROM account AS a, outbox AS o",
        "INSERT INTO delivery (outbox_id, subscriber_id) SELECT (SELECT min(id) FROM outbox), id FROM subscriber",
    ):
        connection.execute(text(statement))


def own(world: World, person: Person) -> set[Any]:
    """The notices of an account; who may see its event is another question."""
    if not may.is_somebody(person):
        return set()
    assert world.owner is not None
    with world.owner.connect() as connection:
        return set(
            connection.scalars(
                text("SELECT id FROM notice WHERE account_id = :account"),
                {"account": world.accounts[person.name]},
            )
        )


def listed(world: World, person: Person, answer: Answer) -> None:
    """All of one's own, with the events that one sees now."""
    assert answer.status == 200, answer.code
    assert {one["id"] for one in answer.json["items"]} == own(world, person)
    assert ids_in(world, answer.text) == set(may.visible(person))


def marked(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What is another's stays unread."""
    other = "nobody" if person.name != "nobody" else "leader_province"
    assert world.owner is not None
    with world.owner.connect() as connection:
        foreign = connection.scalar(
            text("SELECT min(id) FROM notice WHERE account_id = :account"),
            {"account": world.accounts[other]},
        )

    def check(world: World, person: Person, answer: Answer) -> None:
        assert (answer.status, answer.json["read"]) == (200, 0), answer.code

    yield Call("/api/v1/notices/read", check, "POST", body={"ids": [foreign]})


def subscribers(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Those of one's areas, without secrets."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        due = {world.subscribers[key] for key in AREAS if may.covers(person, "rules.edit", key)}
        planted = set(world.subscribers.values())
        assert {one["id"] for one in answer.json["items"]} & planted == due
        assert SECRET not in answer.text

    yield Call(SUBSCRIBERS, check)


def subscribed(world: World, person: Person, kin: str) -> Iterator[Call]:
    """No host is allowed here: whoever sets rules is told so before the area is looked at; nothing is written."""
    for place in places(person, kin):
        body = {
            "channel": "webhook",
            "name": "x",
            "address": "https://a.example/x",
            "topics": ["event"],
            "area": AREAS[place][0],
        }
        yield Call(SUBSCRIBERS, refused(422, "host_not_allowed"), "POST", body=body)


def ended(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A subscriber in each relation: there is none for who does not set the rules there."""
    for place in places(person, kin, most=1):
        held = may.covers(person, "rules.edit", place)

        def check(
            world: World, person: Person, answer: Answer, place: str = place, held: bool = held
        ) -> None:
            assert (answer.status, answer.code) == ((204, "") if held else (404, "no_such_subscriber"))
            assert world.owner is not None
            with world.owner.begin() as connection:
                connection.execute(
                    text("UPDATE subscriber SET ended_at = NULL WHERE id = :id"),
                    {"id": world.subscribers[place]},
                )

        yield Call(f"{SUBSCRIBERS}/{world.subscribers[place]}", check, "DELETE")


def of_subscriber(method: str, rest: str = "", body: Any = None) -> Calls:
    """A subscriber in each relation: looked into, stopped and sent anew by whoever sets the rules there."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in places(person, kin, most=1):
            held = may.covers(person, "rules.edit", place)

            def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
                done = 204 if method == "PATCH" else 200
                assert (answer.status, answer.code) == ((done, "") if held else (404, "no_such_subscriber"))
                assert SECRET not in answer.text

            more = {} if body is None else {"body": body}
            yield Call(f"{SUBSCRIBERS}/{world.subscribers[place]}{rest}", check, method, **more)

    return calls


def counted(world: World, person: Person, answer: Answer) -> None:
    """All that is seen is overdue; no more lies in any other box."""
    assert answer.status == 200, answer.code
    boxes = answer.json["boxes"]
    assert boxes["overdue"] == len(may.visible(person))
    assert max(boxes.values()) <= boxes["overdue"]


OPERATIONS = {
    "read_inbox": Operation("events.read", plain("/api/v1/inbox", counted)),
    "list_notices": Operation("self", plain("/api/v1/notices", listed, limit="100")),
    "read_notices": Operation("self", marked, writes=True),
    "list_subscribers": Operation("rules.edit", subscribers),
    "create_subscriber": Operation("rules.edit", subscribed, "areas", writes=True),
    "change_subscriber": Operation(
        "rules.edit", of_subscriber("PATCH", body={"active": True}), "areas", writes=True
    ),
    "list_deliveries": Operation("rules.edit", of_subscriber("GET", "/deliveries"), "areas"),
    "resend_deliveries": Operation("rules.edit", of_subscriber("POST", "/resend", {}), "areas", writes=True),
    "end_subscriber": Operation("rules.edit", ended, "areas", writes=True),
}
