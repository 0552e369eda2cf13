"""The only file that reads or writes whistles; each statement is named."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from gis.base.limits import Limit
from gis.base.worktime import IN_WORK
from gis.base.worktime_calendar import Calendar
from gis.db.sql import load
from gis.events.clocks.store import calendar_for

PACKAGE = "gis.events.whistle"
# What stands at the marks of a statement: who sees a whistle `w`, whose turn it is. Each list of areas and departments
# is made once a query; the policies say the same, a second time and apart.
_AREAS = "(SELECT a.id FROM area AS a WHERE a.path && (SELECT scope_areas('{}')))"
_HANDLED = "(SELECT d.id FROM department AS d WHERE d.path && (SELECT scope_departments('events.handle')))"
MARKS = {
    "/*seen*/": f"((SELECT maintains()) OR w.blower_area_id IN {_AREAS.format('events.read')}"
    f" OR w.approver_area_id IN {_AREAS.format('whistle.approve')} OR w.blown_by = (SELECT account_id())"
    " OR w.id IN (SELECT whistles_called()))",
    "/*approves*/": f"(w.status = 'blown' AND w.approver_area_id IN {_AREAS.format('whistle.approve')}"
    " AND w.blown_by <> (SELECT account_id()))",
    "/*blows*/": f"w.blower_area_id IN {_AREAS.format('whistle.blow')}",
    "/*handled*/": f"(a.department_id IN {_HANDLED})",
    "/*decides*/": f"(w.approver_area_id IN {_AREAS.format('whistle.approve')} AND EXISTS ("
    "SELECT FROM whistle_appeal AS p WHERE p.whistle_id = w.id AND p.status = 'asked'"
    " AND whistle_party('decider', w, p.department_id)))",
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """A command taken before under an id; `elsewhere`: by another account, its answer is not told."""

    body_sha256: bytes
    answer: str | None
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """The limits that count, the time of the transaction, and the calendar of the place."""

    at: datetime
    limits: Mapping[str, Limit]
    calendar: Calendar | None


@cache
def marked(name: str) -> TextClause:
    """A statement with the conditions put at its marks."""
    source = load(PACKAGE, name).text
    for mark, condition in MARKS.items():
        source = source.replace(mark, condition)
    return text(source)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def earlier(session: Session, command: uuid.UUID) -> Earlier | None:
    """What was taken under this id, once nobody else is at it."""
    row = session.execute(load(PACKAGE, "earlier"), {"id": command}).one_or_none()
    return None if row is None else Earlier(bytes(row.body_sha256), row.answer, row.elsewhere)


def keep_answer(session: Session, command: uuid.UUID, whistle: uuid.UUID, sha256: bytes, answer: str) -> None:
    """Keep the answer to a command."""
    values = {"id": command, "whistle": whistle, "body_sha256": sha256, "answer": answer}
    session.execute(load(PACKAGE, "keep_answer"), values)


def rule(
    session: Session,
    *,
    area: int | None = None,
    event: uuid.UUID | None = None,
    whistle: uuid.UUID | None = None,
) -> Rule | None:
    """The rule of a place, of an event or of a whistle; None where there is no such thing."""
    values = {"area": area, "event": event, "whistle": whistle}
    row = session.execute(load(PACKAGE, "rule"), values).one()
    if row.limits is None:
        return None
    limits = {stage: Limit(kind, float(value)) for stage, (kind, value) in row.limits.items()}
    works = any(limit.kind in IN_WORK for limit in limits.values())
    city = calendar_for(session, row.code) if works and row.code else None
    return Rule(row.at, limits, None if city is None else city.calendar)


def blow(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    """What `blow_whistle` says."""
    return dict(session.execute(load(PACKAGE, "blow"), {"given": _json(given)}).scalar_one())


def step(
    session: Session,
    whistle: uuid.UUID,
    command: str,
    base_version: int,
    department: str | None,
    said: Mapping[str, Any],
) -> dict[str, Any]:
    """What `whistle_step` says."""
    values = {
        "whistle": whistle,
        "department": department,
        "command": command,
        "base_version": base_version,
        "said": _json(said),
    }
    return dict(session.execute(load(PACKAGE, "step"), values).scalar_one())


def holders(
    session: Session, permission: str, *, area: int | None = None, departments: Sequence[int] = ()
) -> list[int]:
    """Accounts that hold a permission nearest to an area, or in departments."""
    values = {"permission": permission, "area": area, "departments": list(departments)}
    return list(session.execute(load(PACKAGE, "parties"), values).scalar_one())


def listed(
    session: Session, box: str, *, before: uuid.UUID | None, count: int, is_open: bool | None
) -> list[tuple[uuid.UUID, str]]:
    """Ids and JSON texts of a page of a box, the latest first."""
    values = {"box": box, "before": before, "count": count, "is_open": is_open}
    return [(row.id, row.item) for row in session.execute(marked("listed"), values)]


def counts(session: Session) -> str:
    """How many whistles of each box wait for the reader, as JSON text."""
    return str(session.execute(marked("counts")).scalar_one())


def one(session: Session, whistle: uuid.UUID) -> str | None:
    """A whistle whole, as JSON text; None where the reader does not see it."""
    found = session.execute(marked("one"), {"id": whistle}).scalar_one_or_none()
    return None if found is None else str(found)


def late_ratings(session: Session, count: int) -> list[tuple[uuid.UUID, str, int]]:
    """Whistle, department's code and version of results that nobody rated in time."""
    rows = session.execute(load(PACKAGE, "late_ratings"), {"count": count})
    return [(row.whistle_id, row.code, row.version) for row in rows]


def scores(
    session: Session, periods: Sequence[tuple[date, date]], department: str | None
) -> list[dict[str, Any]]:
    """Counts of each department and period, first day and the day after it, over the whistles that called it then."""
    begins, ends = zip(*periods, strict=True)
    values = {"begins": list(begins), "ends": list(ends), "department": department}
    return [dict(row._mapping) for row in session.execute(load(PACKAGE, "scores"), values)]
