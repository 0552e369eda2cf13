"""The boxes of an inbox (待办): which events wait for whoever looks, as conditions that lists and counts share.

Who may take which step is decided by the workflow, event by event; a box is the question a list can ask: the state,
and the permission held over the level that has the event, over its department, or as its handler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gis.db.scope import EVERYWHERE, Scope
from gis.db.visible import ALWAYS, NEVER, Condition, holds_event

SOON_H = 24
Where = Callable[[Scope, str], Condition]

ME = "(SELECT account_id())"  # asked once a statement, not of every row
OVERDUE = "e.closed_at IS NULL AND least(e.due_at, e.promised_at) < now()"
SOON = (
    "e.closed_at IS NULL AND least(e.due_at, e.promised_at) >= now()"
    f" AND least(e.due_at, e.promised_at) < now() + interval '{SOON_H} hours'"
)
DUE = {"overdue": OVERDUE, "soon": SOON}
WAITS = "EXISTS (SELECT FROM event_wait AS w WHERE w.event_id = e.id AND {})"
PASSED = "(e.status = 'inspecting' AND " + WAITS.format("w.what = 'pass_inspection'") + ")"
OPEN_ASKED = (
    "(e.status = 'handling' AND " + WAITS.format("w.round = e.round AND w.what <> 'pass_inspection'") + ")"
)
APPEALED = "EXISTS (SELECT FROM overdue_appeal AS o WHERE o.event_id = e.id AND o.decided_at IS NULL)"
# Few wait, whatever has been finished since the beginning: these are found first.
ASKED = (
    "e.id IN (SELECT w.event_id FROM event_wait AS w WHERE w.what <> 'pass_inspection'"
    " UNION ALL SELECT o.event_id FROM overdue_appeal AS o WHERE o.decided_at IS NULL)"
    f" AND ({OPEN_ASKED} OR e.status = 'closed' AND {APPEALED})"
)
# Somebody else's task is not one's own, and nobody inspects what they handled.
TASK = (
    "NOT EXISTS (SELECT FROM inspection_task AS t WHERE t.event_id = e.id AND t.state = 'open'"
    f" AND t.assignee_id <> {ME}) AND e.handler_id IS DISTINCT FROM {ME}"
)


@dataclass(frozen=True, slots=True)
class Box:
    """`permission`: who has it at all; `states` it holds; `more`: a further condition; `where` the permission holds."""

    permission: str
    states: tuple[str, ...]
    where: Where
    more: str = ""


def _name(permission: str, what: str) -> str:
    return f"box_{permission.replace('.', '_')}_{what}"


def _either(parts: list[Condition]) -> Condition:
    if ALWAYS in parts:
        return ALWAYS
    values: dict[str, Any] = {}
    for part in parts:
        values |= part.values
    return Condition(f"({' OR '.join(part.sql for part in parts)})", values) if parts else NEVER


def at_level(scope: Scope, permission: str) -> Condition:
    """Whether the permission is held over the area that has the event `e` now: there or above."""
    roots = scope.areas.get(permission)
    if scope.maintenance or roots == EVERYWHERE:
        return ALWAYS
    level = "e.level_area_id IN (SELECT lv.id FROM area AS lv{held} WHERE {test})"
    parts = []
    if roots:
        name = _name(permission, "areas")
        parts.append(
            Condition(level.format(held="", test=f"lv.path && cast(:{name} AS int[])"), {name: list(roots)})
        )
    if pairs := [(area, category) for held, area, category in scope.limited if held == permission]:
        places, kinds = _name(permission, "places"), _name(permission, "kinds")
        held = f", unnest(cast(:{places} AS int[]), cast(:{kinds} AS int[])) AS held (area_id, category_id)"
        test = "held.area_id = ANY(lv.path) AND held.category_id = e.category_id"
        values = {places: [area for area, _ in pairs], kinds: [category for _, category in pairs]}
        parts.append(Condition(level.format(held=held, test=test), values))
    return _either(parts)


def handles(scope: Scope, permission: str) -> Condition:
    """Whether `e` is to be handled by whoever looks: assigned to them, to their department, or left to their level."""
    parts = [mine(scope, permission)]
    departments = scope.departments.get(permission)
    if departments == EVERYWHERE or scope.maintenance:
        parts.append(Condition("e.department_id IS NOT NULL"))
    elif departments:
        name = _name(permission, "departments")
        parts.append(
            Condition(
                f"e.department_id = ANY(ARRAY(SELECT d.id FROM department AS d WHERE d.path && cast(:{name} AS int[])))",
                {name: list(departments)},
            )
        )
    level = at_level(scope, permission)
    parts.append(Condition(f"(e.department_id IS NULL AND {level.sql})", level.values))
    return _either(parts)


def mine(scope: Scope, _: str) -> Condition:
    """Whether `e` is assigned to whoever looks."""
    return NEVER if scope.account_id is None else Condition(f"e.handler_id = {ME}")


def seen(_: Scope, __: str) -> Condition:
    """Every event that is seen."""
    return ALWAYS


FINISHED = "approve"
"""The box that holds finished events as well: those with an appeal that waits."""
BOXES: dict[str, Box] = {
    "accept": Box("events.accept", ("reported",), at_level),
    "verify": Box("events.inspect", ("verifying",), holds_event, TASK),
    "file": Box("events.accept", ("accepted", "verified"), at_level),
    "dispatch": Box("events.dispatch", ("filed",), at_level),
    "sign": Box("events.handle", ("dispatched",), handles),
    "handling": Box("events.handle", ("handling",), handles),
    "inspect": Box("events.inspect", ("inspecting",), holds_event, f"NOT {PASSED} AND {TASK}"),
    "conclude": Box(
        "events.accept",
        ("feedback", "self_handled", "inspecting"),
        at_level,
        f"(e.status <> 'inspecting' OR {PASSED})",
    ),
    "approve": Box("events.approve", ("handling", "closed"), at_level, ASKED),
    "overdue": Box("events.read", (), seen, OVERDUE),
    "returned": Box(
        "events.read",
        (),
        seen,
        "e.closed_at IS NULL AND (e.bounces > 0 AND e.department_id IS NULL OR e.reworks > 0 AND e.status = 'handling')",
    ),
    "mine": Box("", (), mine, "e.closed_at IS NULL"),
}
"""In the order they are shown."""


def boxes_of(scope: Scope | None) -> list[str]:
    """The boxes somebody has at all."""
    if scope is None:
        return []
    return [
        name
        for name, box in BOXES.items()
        if scope.maintenance or not box.permission or scope.permits(box.permission)
    ]


def in_box(scope: Scope | None, name: str) -> Condition:
    """Whether the event `e` lies in a box of whoever looks."""
    box = BOXES[name]
    held = NEVER if scope is None else box.where(scope, box.permission)
    parts = [f"e.status IN ({', '.join(repr(state) for state in box.states)})"] if box.states else []
    parts += (
        ["e.closed_at IS NULL"] if box.states and name != FINISHED else []
    )  # as the indexes of open events say it
    parts += [box.more] if box.more else []
    parts += [] if held == ALWAYS else [held.sql]
    return Condition(f"({' AND '.join(parts)})", held.values)
