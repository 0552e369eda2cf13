"""This room's rows: rules, lists, facts of events. What was decided and told lies in `decided`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.base.worktime_calendar import ZONE, Sessions
from gis.db.scope import EVERYWHERE
from gis.db.sql import load
from gis.db.visible import put_scope, scope_of_session
from gis.events.dispatch.moments import Hours
from gis.events.dispatch.space import World
from gis.events.tables import SOURCES

PACKAGE: Final = "gis.events.dispatch"
EDIT: Final = "rules.edit"
LISTS: Final = {"duty": "duty_items", "admission": "admission_items"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an event for its dispatch; `inputs`, `target` and `rule` are of the latest decision."""

    urgency: str
    source: str
    status: str
    version: int
    bounces: int
    scope_area_id: int
    department: str | None
    categories: tuple[str, ...]
    places: Mapping[str, str]
    inputs: Mapping[str, Any] | None
    target: Mapping[str, Any] | None
    rule: str | None
    rule_set_id: int | None
    alarm: str | None


@dataclass(frozen=True, slots=True)
class Active:
    """The rules in force somewhere, as they are written."""

    id: int
    city: str
    version: str
    rules: list[Any]


@dataclass(frozen=True, slots=True)
class Places:
    """The tree of categories and that of areas by id, for what happened in any of them."""

    categories: Mapping[int, tuple[str, ...]]
    areas: Mapping[int, Mapping[str, str]]


def as_json(value: Any) -> str | None:
    """A value as the statements of this room take it."""
    return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)


def reader(session: Session) -> dict[str, Any]:
    """Who reads: the statements ask once more what the policies ask."""
    scope = scope_of_session(session)
    if scope is None:
        return {"everywhere": False, "roots": []}
    roots = EVERYWHERE if scope.maintenance else scope.areas.get(EDIT, ())
    return {"everywhere": roots == EVERYWHERE, "roots": [] if isinstance(roots, str) else list(roots)}


def known(session: Session, event: UUID) -> Known | None:
    """The facts of an event."""
    row = session.execute(load(PACKAGE, "facts"), {"id": event}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return Known(**values | {"categories": _path(values["categories"])})


def _path(codes: Sequence[str]) -> tuple[str, ...]:
    scheme, kind, _ = codes[0].split(":")
    return (scheme, f"{scheme}:{kind}", *codes)


def active_set(session: Session, areas: Sequence[str]) -> Active | None:
    """The rules in force in the lowest of these areas that has some."""
    row = session.execute(load(PACKAGE, "active_set"), {"areas": list(areas)}).one_or_none()
    return None if row is None else Active(row.id, row.city, row.version, row.rules)


def hours(session: Session, areas: Sequence[str], first: datetime, last: datetime | None = None) -> Hours:
    """The working time of the lowest of these areas (codes) on the local days from a moment to another."""
    days = [moment.astimezone(ZONE).date() for moment in (first, last or first)]
    asked = {"area": max(areas, key=len, default=""), "first": days[0], "last": days[1]}
    found: dict[date, Sessions] = {}
    for row in session.execute(load(PACKAGE, "hours"), asked):
        found[row.day] = (*found.get(row.day, ()), (row.start, row.start + row.length))
    return Hours(found)


def departments(session: Session) -> dict[str, str]:
    """The names of all departments by their codes."""
    return {row.code: row.name for row in session.execute(load(PACKAGE, "departments"))}


def world(session: Session) -> tuple[World, Places]:
    """What rules may be about now, and the trees by id for what happened before."""
    kinds = {row.id: row for row in session.execute(load(PACKAGE, "world_categories"))}
    paths = {number: _path(_codes(kinds, number)) for number in kinds}
    areas = {row.id: row for row in session.execute(load(PACKAGE, "world_areas"))}
    above = {number: [areas[one] for one in row.path] for number, row in areas.items()}
    now = {
        row.code: tuple(one.code for one in above[number]) for number, row in areas.items() if row.is_current
    }
    today: date = session.execute(text("SELECT current_date")).scalar_one()
    made = World(
        categories={paths[number][-1]: paths[number] for number, row in kinds.items() if row.in_force},
        areas=now,
        levels={row.code: row.level for row in areas.values() if row.is_current},
        departments=departments(session),
        sources=SOURCES,
        today=today,
        sites=frozenset(row.code for row in areas.values() if row.is_current and row.is_site),
        names={paths[number][-1]: row.name for number, row in kinds.items()}
        | {row.code: row.name for row in areas.values() if row.is_current},
        names_en={paths[number][-1]: row.name_en for number, row in kinds.items() if row.name_en},
    )
    trees = {number: {one.level: one.code for one in path} for number, path in above.items()}
    return made, Places(paths, trees)


def _codes(kinds: Mapping[int, Any], number: int) -> list[str]:
    codes: list[str] = []
    step: int | None = number
    while step is not None:
        row = kinds[step]
        codes.insert(0, f"{row.scheme}:{row.kind}:{row.code}")
        step = row.parent_id
    return codes


def rule_sets(session: Session, number: int | None = None) -> list[dict[str, Any]]:
    """Rule sets without their rules; one of them, or all."""
    rows = session.execute(load(PACKAGE, "rule_sets"), reader(session) | {"id": number})
    return [dict(row._mapping) for row in rows]


def rules_of(session: Session, number: int) -> list[dict[str, Any]]:
    """The rules of a set as they are written."""
    return list(session.scalars(load(PACKAGE, "rules_of"), {"id": number}))


def put_rule_set(session: Session, given: Mapping[str, Any], revision: int | None) -> int | None:
    """Store a new set (no revision) or a draft from its revision; None when there is none such."""
    found: int | None = session.scalar(
        load(PACKAGE, "put_rule_set"), {"given": as_json(given), "revision": revision}
    )
    return found


def activate_rule_set(session: Session, number: int, revision: int) -> bool:
    """Put a set into force from its revision; whether it still was that one."""
    values = {"id": number, "revision": revision}
    return bool(session.scalar(load(PACKAGE, "activate_rule_set"), values))


def edits_rules(session: Session, city: str) -> bool:
    """Whether whoever asks changes the rules of a city."""
    return bool(session.scalar(load(PACKAGE, "edits_rules"), {"city": city}))


def put_list(
    session: Session, kind: str, city: str, version: str, begins: date, items: Sequence[Mapping[str, Any]]
) -> int:
    """Store a version of the duty or the admission list; how many items it has."""
    values = {"city": city, "version": version, "begins": begins, "items": as_json(list(items))}
    return int(session.execute(load(PACKAGE, f"put_{LISTS[kind]}"), values).scalar_one())


def items(session: Session, kind: str, city: str, day: date | None) -> list[dict[str, Any]]:
    """The duty or the admission list of a city on a day, or in all its versions."""
    rows = session.execute(load(PACKAGE, LISTS[kind]), {"city": city, "day": day})
    return [dict(row._mapping) for row in rows]


def duty_for(session: Session, found: Known, day: date) -> dict[str, Any] | None:
    """The item of the duty list an event falls under."""
    values = {"areas": list(found.places.values()), "categories": list(found.categories), "day": day}
    row = session.execute(load(PACKAGE, "duty_for"), values).one_or_none()
    return None if row is None else dict(row._mapping)


def admission(
    session: Session, event: UUID, area: int, categories: Sequence[str], day: date
) -> dict[str, Any]:
    """Whether an event may be sent down there: level, code, name, has_list, item, approved."""
    values = {"event": event, "area": area, "categories": list(categories), "day": day}
    return dict(session.execute(load(PACKAGE, "admission"), values).one()._mapping)


def area_id(session: Session, code: str) -> int | None:
    """The area of a code now."""
    found: int | None = session.scalar(load(PACKAGE, "area_of_city"), {"code": code})
    return found


def history(session: Session, city: str, since: datetime) -> pd.DataFrame:
    """What happened where a rule set is for: event_id, category_id, area_id, opened_at, urgency, source, department,
    answers, owner.
    """
    found = session.execute(load(PACKAGE, "history"), {"city": city, "since": since})
    return pd.DataFrame(found.all(), columns=list(found.keys()), dtype=object)


def numbers(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers of those events that whoever asks sees."""
    query, values = put_scope(load(PACKAGE, "numbers").text, scope_of_session(session))
    return {row.id: row.number for row in session.execute(text(query), values | {"ids": list(ids)})}
