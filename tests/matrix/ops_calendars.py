"""Calendars: everybody reads them, who sets rules sets them for the areas held; deadlines for who is logged in."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_areas import fine, plain
from tests.matrix.ops_events import places
from tests.matrix.places import AREAS, Person
from tests.matrix.world import World

CALENDAR = {"code": "matrix", "name_zh": "甲", "source": "matrix", "based_on": 7}
"""Of a version that is not there: whoever may set it is told so, and nothing is kept."""
LIMIT = {"start": "2026-09-28T10:30:00+08:00", "limit": "5工作日"}


def put(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Held: stale; elsewhere outside; never for everywhere but by who holds everything."""
    for place in [None, *places(person, kin)]:
        held = may.covers(person, "rules.edit", place or "p")

        def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
            assert (answer.status, answer.code) == ((412, "stale") if held else (403, "rules_outside_scope"))

        city = "" if place is None else AREAS[place][0]
        yield Call("/api/v1/calendars", check, "POST", body=CALENDAR | {"city": city})


def previewed(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The same for everybody."""
    yield Call("/api/v1/deadline", fine, "POST", body=LIMIT)


OPERATIONS = {
    "list_calendars": Operation("public", plain("/api/v1/calendars")),
    "read_calendar": Operation("public", plain("/api/v1/calendars/cn")),
    "calendar_days": Operation("public", plain("/api/v1/calendars/cn/days", year="2026")),
    "put_calendar": Operation("rules.edit", put, "areas", writes=True),
    "preview_deadline": Operation("self", previewed),
}
