"""The scope of a transaction as conditions of a query: what the policies say, said a second time and apart.

A statement says with a mark where a condition belongs; see `CONDITIONS`. Every value is bound. The owner's
scope of maintenance sees everything, no scope sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from gis.db.scope import EVERYWHERE, OPTION, Roots, Scope

READ, CONFIDENTIAL, PEOPLE = "events.read", "events.confidential", "people.read"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL and the values it binds."""

    sql: str
    values: dict[str, Any] = field(default_factory=dict)


NEVER, ALWAYS = Condition("false"), Condition("true")


def _either(parts: list[Condition]) -> Condition:
    if any(part == ALWAYS for part in parts):
        return ALWAYS
    if not parts:
        return NEVER
    values: dict[str, Any] = {}
    for part in parts:
        values |= part.values
    return Condition(f"({' OR '.join(part.sql for part in parts)})", values)


def _below(path: str, roots: Roots | None, name: str) -> list[Condition]:
    """Whether a path leads through one of the roots."""
    if not roots:
        return []
    if roots == EVERYWHERE:
        return [ALWAYS]
    return [Condition(f"{path} && cast(:{name} AS int[])", {name: list(roots)})]


def holds_area(scope: Scope | None, permission: str, path: str) -> Condition:
    """Whether the permission is held in the whole of the area whose path is `path`."""
    if scope is None:
        return NEVER
    if scope.maintenance:
        return ALWAYS
    return _either(_below(path, scope.areas.get(permission), _name(permission, "areas")))


def holds_event(scope: Scope | None, permission: str) -> Condition:
    """Whether the permission reaches the event `e`: by area, by department, or by area and category."""
    if scope is None:
        return NEVER
    if scope.maintenance:
        return ALWAYS
    parts = _below("e.scope_path", scope.areas.get(permission), _name(permission, "areas"))
    departments = scope.departments.get(permission)
    if departments == EVERYWHERE:
        parts.append(Condition("e.department_id IS NOT NULL"))
    elif departments:
        parts.append(_in_departments(departments, _name(permission, "departments")))
    pairs = [(area, category) for held, area, category in scope.limited if held == permission]
    if pairs:
        places, kinds = _name(permission, "limited_areas"), _name(permission, "limited_categories")
        parts.append(
            Condition(
                f"(e.category_id = ANY(cast(:{kinds} AS int[])) AND EXISTS ("
                f"SELECT FROM unnest(cast(:{places} AS int[]), cast(:{kinds} AS int[])) AS held (area_id, category_id)"
                " WHERE held.area_id = ANY(e.scope_path) AND held.category_id = e.category_id))",
                {places: [area for area, _ in pairs], kinds: [category for _, category in pairs]},
            )
        )
    return _either(parts)


def _in_departments(roots: Roots, name: str) -> Condition:
    return Condition(
        f"e.department_id = ANY(ARRAY(SELECT d.id FROM department AS d WHERE d.path && cast(:{name} AS int[])))",
        {name: list(roots)},
    )


def _name(permission: str, what: str) -> str:
    return f"{permission.replace('.', '_')}_{what}"


def sees_event(scope: Scope | None) -> Condition:
    """Whether the event `e` is seen: held by `events.read`, helped with, or reported or handled by oneself."""
    held = holds_event(scope, READ)
    if scope is None or held == ALWAYS:
        return held
    parts = [] if held == NEVER else [held]
    if (departments := scope.departments.get(READ)) and departments != EVERYWHERE:
        parts.append(
            Condition(
                "e.co_departments && ARRAY("
                "SELECT d.id FROM department AS d WHERE d.path && cast(:helping_departments AS int[]))",
                {"helping_departments": list(departments)},
            )
        )
    if scope.account_id is not None:
        parts.append(_own(scope))
    return _either(parts)


def _own(scope: Scope) -> Condition:
    own = {"own_account": scope.account_id}
    return Condition("(e.reporter_id = :own_account OR e.handler_id = :own_account)", own)


def reads_words(scope: Scope | None) -> Condition:
    """Whether the words of the event `e` are read although they are confidential; not by maintenance either."""
    return NEVER if scope is None or scope.maintenance else holds_event(scope, CONFIDENTIAL)


def reads_contact(scope: Scope | None, permission: str) -> Condition:
    """Whether the permission reaches the contact of the report `r` of the event `e`.

    Who reported a confidential matter is for holders of its area alone: no department handles it and knows.
    """
    if scope is None or scope.maintenance:
        return NEVER
    held, seen = holds_event(scope, permission), holds_event(scope, READ)
    trusted = holds_area(scope, CONFIDENTIAL, "e.scope_path")
    return Condition(
        f"({held.sql} AND {seen.sql} AND (NOT (r.confidential OR e.confidential) OR {trusted.sql}))",
        held.values | seen.values | trusted.values,
    )


def found_by_index(scope: Scope | None, below: list[int]) -> Condition | None:
    """A condition on whole numbers with an index each, which every event seen meets; None where there is none.

    `below` are the areas under `roots_of(scope)`, when these are few: the rest of the table is then never looked
    at. Whole numbers are compared before the policies are, so their indexes serve on any server.
    """
    if (
        scope is None
        or scope.maintenance
        or EVERYWHERE in (scope.areas.get(READ), scope.departments.get(READ))
    ):
        return None
    parts = [Condition("e.scope_area_id = ANY(:near_areas)", {"near_areas": below})]
    if departments := scope.departments.get(READ):
        parts.append(_in_departments(departments, "near_departments"))
        parts.append(Condition("e.id = ANY(ARRAY(SELECT unnest(events_helped('events.read'))))"))
    if scope.account_id is not None:
        parts.append(_own(scope))
    return _either(parts)


def roots_of(scope: Scope) -> list[int]:
    """The areas, with those of limited roles, in whose subtrees `events.read` is held; none for `EVERYWHERE`."""
    held = scope.areas.get(READ) or ()
    if held == EVERYWHERE:
        return []
    return [int(area) for area in held] + [area for name, area, _ in scope.limited if name == READ]


@dataclass(frozen=True, slots=True)
class Mark:
    """How a condition is put into a statement: joined to what stands before by `joint`, unless it is `neutral`."""

    joint: str
    neutral: Condition
    condition: Callable[[Scope | None], Condition]


CONDITIONS: dict[str, Mark] = {
    "/*scope*/": Mark("AND", ALWAYS, sees_event),
    "/*whole*/": Mark("AND", ALWAYS, lambda scope: holds_area(scope, READ, "a.path")),
    "/*people*/": Mark("AND", ALWAYS, lambda scope: holds_area(scope, PEOPLE, "a.path")),
    "/*confidential*/": Mark("OR", NEVER, reads_words),
    "/*masked*/": Mark("AND", ALWAYS, lambda scope: reads_contact(scope, "contacts.masked")),
    "/*reveal*/": Mark("AND", ALWAYS, lambda scope: reads_contact(scope, "contacts.reveal")),
}
"""Marks of statements: which events `e` exist, whether an area `a` is wholly held, for events or for
people, who reads words and contacts."""


def put_scope(source: str, scope: Scope | None) -> tuple[str, dict[str, Any]]:
    """A statement with the conditions of a scope put at its marks, and the values they bind."""
    values: dict[str, Any] = {}
    for mark, how in CONDITIONS.items():
        if mark not in source:
            continue
        condition = how.condition(scope)
        if condition == how.neutral:
            source = source.replace(mark, "")
        else:
            source = source.replace(mark, f" {how.joint} {condition.sql}")
            values |= condition.values
    return source, values


def scope_of_session(session: Session) -> Scope | None:
    """The scope the engine of a session works in."""
    found: Scope | None = session.get_bind().get_execution_options().get(OPTION)
    return found
