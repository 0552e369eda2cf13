"""The only file of this room that reads the database for indicators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.db.scope import outside_scope
from gis.db.sql import load
from gis.events.kpi.measures import Stage

PACKAGE = "gis.events.kpi"
NOW = text("SELECT transaction_timestamp()")
NAMES = {
    "department": text("SELECT id, code, name, name AS name_en FROM department WHERE id = ANY(:ids)"),
    "category": text(
        "SELECT id, scheme || ':' || kind || ':' || code AS code, name_zh AS name, coalesce(name_en, name_zh) AS name_en"
        " FROM category WHERE id = ANY(:ids)"
    ),
}
DEPARTMENT = text("SELECT id FROM department WHERE code = :code")


@dataclass(frozen=True, slots=True)
class Named:
    """An area, a department or a category that numbers are told of."""

    id: int
    code: str
    name: str
    name_en: str


def now(session: Session) -> datetime:
    """The moment the numbers are of."""
    moment: datetime = session.execute(NOW).scalar_one()
    return moment


def areas(session: Session, code: str, level: str | None) -> list[Named]:
    """The area of a code first, then those of a level below it; empty when there is none."""
    rows = session.execute(load(PACKAGE, "asked_areas"), {"code": code, "level": level})
    return [Named(row.id, row.code, row.name, row.name) for row in rows]


def department_id(session: Session, code: str) -> int | None:
    """The number of a department."""
    found: int | None = session.execute(DEPARTMENT, {"code": code}).scalar_one_or_none()
    return found


def names(session: Session, what: str, ids: Sequence[int]) -> dict[int, Named]:
    """Departments or categories by their numbers."""
    rows = session.execute(NAMES[what], {"ids": list(ids)})
    return {row.id: Named(row.id, row.code, row.name, row.name_en) for row in rows}


def counts(
    session: Session,
    area: int,
    keys: Sequence[int],
    period: tuple[date, date],
    by_what: str,
    department: int | None,
) -> Mapping[int, dict[int, int]]:
    """Measures by key (area, department or category id); `Forbidden` `outside_scope` where kpi.read is not held."""
    values = {
        "area": area,
        "keys": list(keys),
        "first": period[0],
        "last": period[1],
        "by_what": by_what,
        "department": department,
    }
    try:
        rows = session.execute(load(PACKAGE, "counts"), values).all()
    except DBAPIError as error:
        if "kpi_denied" in str(error.orig):
            raise outside_scope() from None
        raise
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row.key][row.measure] = row.n
    return found


def running(
    session: Session,
    area: int,
    keys: Sequence[int],
    last: date,
    by_what: str,
    department: int | None,
    now: datetime,
) -> Mapping[int, dict[int, int]]:
    """How many open runs of each stage, due up to `last`, are not due yet, by key and stage number."""
    values = {
        "area": area, "keys": list(keys), "last": last, "by_what": by_what, "department": department, "now": now,
    }  # fmt: skip
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for row in session.execute(load(PACKAGE, "running"), values):
        stage = Stage.__members__.get(row.stage.upper())
        if stage is not None:
            found[row.key][stage] = row.n
    return found
