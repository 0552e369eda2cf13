"""Row `inbox`: what somebody sees who opens the inbox of a city with a year of events, against plain statements.

Five people open it: a supervisor of a street, a dispatcher and a shift lead of everything, somebody of a department, a
grid worker. Each is told the counts of all their boxes, the first page of the fullest one by when it is due, and the
first page of all open events, newest first: by the product's own statements, as the role of the web edge under the
row-level policies. The peer `plain` is what one writes without our indexes: a count for each tab and a page each, over
a copy of the table with an index on every column that is asked for, as the owner, whom no policy bounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, text

from benchmarks.harness import Row, compare, timed
from benchmarks.worked import EVENTS, Worked, run_file, worked
from gis.db.api_role import API_ROLE
from gis.db.scope import Scope, scoped
from gis.events.filters import EventFilter
from gis.events.reading import inbox, list_events

PAGE = 30
PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("supervisor", "supervisor", "s1"),
    ("dispatcher", "dispatcher", "d"),
    ("department", "department_inbox", "u7"),
    ("grid_worker", "grid_worker", "s1.1.1"),
    ("shift_lead", "shift_lead", "d"),
)
PASSED = """EXISTS (SELECT FROM event_log AS l WHERE l.event_id = e.id AND l.action = 'pass_inspection' AND l.seq > (
  SELECT max(x.seq) FROM event_log AS x WHERE x.event_id = e.id AND x.from_status IS DISTINCT FROM x.to_status))"""
FREE = """NOT EXISTS (SELECT FROM inspection_task AS t WHERE t.event_id = e.id AND t.state = 'open'
  AND t.assignee_id <> :me) AND e.handler_id IS DISTINCT FROM :me"""
LEVEL = "EXISTS (SELECT FROM area AS a WHERE a.id = e.level_area_id AND a.path @> ARRAY[cast(:place AS int)])"
ASKED = """EXISTS (SELECT FROM event_log AS l WHERE l.event_id = e.id AND l.action = 'request_extension' AND NOT EXISTS (
  SELECT FROM event_log AS x WHERE x.event_id = l.event_id AND x.seq > l.seq
    AND x.action IN ('grant_extension', 'deny_extension')))"""
APPEALED = "EXISTS (SELECT FROM overdue_appeal AS o WHERE o.event_id = e.id AND o.decided_at IS NULL)"
PLAIN = {
    "accept": f"e.status = 'reported' AND {LEVEL}",
    "verify": f"e.status = 'verifying' AND {FREE}",
    "file": f"e.status IN ('accepted', 'verified') AND {LEVEL}",
    "dispatch": f"e.status = 'filed' AND {LEVEL}",
    "sign": "e.status = 'dispatched' AND (e.department_id = :place OR e.handler_id = :me)",
    "handling": "e.status = 'handling' AND (e.department_id = :place OR e.handler_id = :me)",
    "inspect": f"e.status = 'inspecting' AND NOT {PASSED} AND {FREE}",
    "conclude": "e.status IN ('feedback', 'self_handled', 'inspecting')"
    f" AND (e.status <> 'inspecting' OR {PASSED}) AND {LEVEL}",
    "approve": f"(e.status = 'handling' AND {ASKED} OR e.status = 'closed' AND {APPEALED}) AND {LEVEL}",
    "overdue": "e.closed_at IS NULL AND least(e.due_at, e.promised_at) < now()",
    "returned": "e.closed_at IS NULL AND (e.bounces > 0 AND e.department_id IS NULL"
    " OR e.reworks > 0 AND e.status = 'handling')",
    "mine": "e.handler_id = :me AND e.closed_at IS NULL",
}
"""What each tab holds, as one would write it down."""
BY_AREA = "(e.scope_path @> ARRAY[cast(:place AS int)] OR e.handler_id = :me OR e.reporter_id = :me)"
BY_DEPARTMENT = (
    "(e.department_id = :place OR e.co_departments @> ARRAY[cast(:place AS int)] OR e.handler_id = :me"
    " OR e.reporter_id = :me)"
)
COUNT = "SELECT count(*) FROM bench.event AS e WHERE {box} AND {seen}"
DUE_PAGE = (
    "SELECT e.id FROM bench.event AS e WHERE {box} AND {seen}"
    " ORDER BY coalesce(e.due_at, timestamptz '9999-01-01 00:00Z'), e.id LIMIT :rows"
)
NEWEST = (
    "SELECT e.id FROM bench.event AS e WHERE e.closed_at IS NULL AND {seen}"
    " ORDER BY e.opened_at DESC, e.id DESC LIMIT :rows"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a desk: an engine in their scope, and the same for the plain statements."""

    name: str
    engine: Engine
    account: int
    place: int
    by_department: bool


Seen = tuple[dict[str, int], list[str], list[str]]


def run(size: str) -> Row:
    """All five people by the product and by plain statements; what each took is measured apart."""
    year = worked(size)
    lay_out(year.owner, EVENTS[size])
    return measured(year, size)


def measured(year: Worked, size: str) -> Row:
    """The row of a year whose open events lie on desks."""
    people = staff(year)
    row = compare(
        "inbox",
        size,
        lambda: {one.name: opened(one) for one in people},
        {"plain": lambda: {one.name: _plain(year.owner, one) for one in people}},
        agree=lambda answers: answers["ours"] == answers["plain"],
        notes=[
            f"{EVENTS[size]:,} events, one in 25 open; {len(people)} people one after the other, {API_ROLE}",
            "plain: a statement a tab over a table indexed by every column asked for, no policy",
        ],
    )
    for one in people:
        row.measures.update({f"{one.name}_{what}_ms": took for what, took in _each(one).items()})
    row.notes.extend(
        f"{one.name}: "
        + ", ".join(
            f"{what} {row.measures[f'{one.name}_{what}_ms']:.0f} ms" for what in ("counts", "due", "newest")
        )
        for one in people
    )
    return row


def lay_out(owner: Engine, events: int) -> None:
    """Put the open events on desks, and copy the table for the peer."""
    run_file(owner, "inbox_load", events)


def staff(year: Worked) -> list[Person]:
    """The people, each with what their role permits in the place it is held in."""
    with year.owner.connect() as connection:
        return [_person(connection, year.edge, number, *one) for number, one in enumerate(PEOPLE)]


def _person(connection: Connection, edge: Engine, number: int, name: str, role: str, place: str) -> Person:
    permissions = connection.scalars(
        text("SELECT permission FROM role_permission WHERE role = :role"), {"role": role}
    ).all()
    by_department = place.startswith("u")
    table = "department" if by_department else "area"
    root = int(
        connection.execute(text(f"SELECT id FROM {table} WHERE code = :code"), {"code": place}).scalar_one()
    )
    held = dict.fromkeys(permissions, (root,))
    account = 1000 + 30 * number  # some handle matters themselves
    scope = Scope(
        name,
        account_id=account,
        roles=(role,),
        areas={} if by_department else held,
        departments=held if by_department else {},
    )
    return Person(name, scoped(edge, scope), account, root, by_department)


def opened(person: Person) -> Seen:
    """What the inbox shows at first: counts, the fullest box by when it is due, all that is open, newest first."""
    counts = _counts(person)
    return counts, _due(person, fullest(counts)), _newest(person)


def fullest(counts: Mapping[str, int]) -> str:
    """The box with most in it, the first of them."""
    return max(counts, key=lambda box: (counts[box], -list(PLAIN).index(box)))


def _counts(person: Person) -> dict[str, int]:
    told: dict[str, int] = json.loads(inbox(person.engine, EventFilter()))["boxes"]
    return told


def _due(person: Person, box: str) -> list[str]:
    page = list_events(person.engine, EventFilter(box=box, by_due=True), limit=PAGE)
    return [json.loads(item)["id"] for item in page.items]


def _newest(person: Person) -> list[str]:
    page = list_events(person.engine, EventFilter(is_open=True), limit=PAGE)
    return [json.loads(item)["id"] for item in page.items]


def _each(person: Person) -> dict[str, float]:
    """The best of three of each part in milliseconds: the counts, the slowest page by due of any box, the newest."""
    boxes = _counts(person)
    parts: dict[str, Any] = {"counts": lambda: _counts(person), "newest": lambda: _newest(person)}
    pages = {box: min(timed(partial(_due, person, box))[0] for _ in range(3)) for box in boxes}
    best = {what: min(timed(work)[0] for _ in range(3)) for what, work in parts.items()}
    return {what: 1000 * took for what, took in (best | {"due": max(pages.values())}).items()}


def _plain(owner: Engine, person: Person) -> Seen:
    values: dict[str, Any] = {"me": person.account, "place": person.place}
    seen = BY_DEPARTMENT if person.by_department else BY_AREA
    boxes = list(_counts(person))  # which there are; the answers are counted below
    with owner.connect() as connection:
        told = {
            box: int(connection.execute(text(COUNT.format(box=PLAIN[box], seen=seen)), values).scalar_one())
            for box in boxes
        }
        box = fullest(told)
        paged = [DUE_PAGE.format(box=PLAIN[box], seen=seen), NEWEST.format(seen=seen)]
        pages = [
            [str(one) for one in connection.scalars(text(statement), values | {"rows": PAGE})]
            for statement in paged
        ]
    return told, pages[0], pages[1]
