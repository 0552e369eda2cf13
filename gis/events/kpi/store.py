"""The only file of this room that reads the database for indicators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.db.scope import outside_scope
from gis.db.sql import load, said_by_database
from gis.events.kpi.measures import Stage

PACKAGE = "gis.events.kpi"
NOW = text("SELECT workflow_now()")
NAMES = {
    "department": text("SELECT id, code, name, name AS name_en FROM department WHERE id = ANY(:ids)"),
    "category": text(
        "SELECT id, scheme || ':' || kind || ':' || code AS code, name_zh AS name, coalesce(name_en, name_zh) AS name_en"
        " FROM category WHERE id = ANY(:ids)"
    ),
}
HOUSEHOLDS = text("SELECT area_id, households FROM area_people WHERE area_id = ANY(:ids)")
MY_LOAD = text("SELECT my_load()")
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


def _asked(session: Session, statement: str, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """The rows of a question; `Forbidden` `outside_scope` where kpi.read is not held."""
    try:
        return session.execute(load(PACKAGE, statement), dict(values)).all()
    except DBAPIError as error:
        if said_by_database(error).startswith("kpi_denied"):
            raise outside_scope() from None
        raise


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
    rows = _asked(session, "counts", values)
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


def times(
    session: Session,
    area: int,
    keys: Sequence[int],
    period: tuple[date, date],
    stage: str,
    by_what: str,
    as_of: datetime,
) -> Mapping[int, tuple[list[float], list[bool]]]:
    """How long a stage took each case, and whether it was done, by key; `Forbidden` `outside_scope`."""
    values = {
        "area": area, "keys": list(keys), "first": period[0], "last": period[1], "stage": stage, "by_what": by_what,
        "as_of": as_of,
    }  # fmt: skip
    return {row.key: (row.seconds, row.done) for row in _asked(session, "times", values)}


def whistles(session: Session, area: int, period: tuple[date, date], as_of: datetime) -> Mapping[str, Any]:
    """What whistles of an area came to; `Forbidden` `outside_scope`."""
    values = {"area": area, "first": period[0], "last": period[1], "as_of": as_of}
    return dict(_asked(session, "whistles", values)[0]._mapping)


def households(session: Session, ids: Sequence[int]) -> dict[int, int | None]:
    """Households of areas, of those whose counts of people the asker may read."""
    rows = session.execute(HOUSEHOLDS, {"ids": list(ids)})
    return {row.area_id: row.households for row in rows}


def my_load(session: Session) -> dict[str, Any]:
    """What is before whoever asks."""
    told: dict[str, Any] = session.execute(MY_LOAD).scalar_one()
    return told
