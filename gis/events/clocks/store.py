"""The clocks room's reading and writing of calendars."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from gis.base.limits import Limit
from gis.base.worktime_calendar import Calendar, Day, Schedule, Sessions
from gis.db.sql import load
from gis.events.clocks.model import CalendarSummary, CalendarVersion, CityCalendar, StageLimit
from gis.events.clocks.tables import CalendarDay, CalendarLimit, CalendarRow, CalendarSchedule

PACKAGE = "gis.events.clocks"


def list_calendars(session: Session) -> list[CalendarSummary]:
    """The version in force of every calendar, that of everywhere first."""
    rows = session.scalars(
        select(CalendarRow).where(CalendarRow.ended_at.is_(None)).order_by(CalendarRow.city, CalendarRow.code)
    )
    return [
        CalendarSummary(
            row.code, row.version, row.city, row.name_zh, row.name_en, row.rework, row.known_from, row.known_to,
            row.source, row.created_at,
        )
        for row in rows
    ]  # fmt: skip


def read_calendar(session: Session, code: str, version: int | None = None) -> CityCalendar | None:
    """The version in force of a calendar, or another one, whole."""
    wanted = CalendarRow.ended_at.is_(None) if version is None else CalendarRow.version == version
    row = session.scalars(select(CalendarRow).where(CalendarRow.code == code, wanted)).one_or_none()
    return None if row is None else _whole(session, row)


def versions(session: Session, code: str) -> list[CalendarVersion]:
    """Every version of a calendar, the latest first."""
    rows = session.scalars(
        select(CalendarRow).where(CalendarRow.code == code).order_by(CalendarRow.version.desc()).limit(200)
    )
    return [CalendarVersion(row.version, row.source, row.created_at, row.ended_at) for row in rows]


def calendar_for(session: Session, area: str) -> CityCalendar | None:
    """The calendar of the nearest city whose code this code of an area begins with."""
    row = session.scalars(
        select(CalendarRow)
        .where(CalendarRow.ended_at.is_(None), literal(area).startswith(CalendarRow.city))
        .order_by(func.length(CalendarRow.city).desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _whole(session, row)


def known_stages(session: Session) -> set[tuple[str, str]]:
    """The stages of every workflow in force, by its code."""
    return {(row.code, row.stage) for row in session.execute(load(PACKAGE, "known_stages"))}


def put_calendar(session: Session, one: CityCalendar) -> int:
    """Store a calendar as the version after `one.version`; the database asks who may, and keeps the record."""
    calendar = one.calendar
    given: dict[str, Any] = {
        "code": one.code,
        "city": one.city,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "week": list(calendar.week),
        "known_from": calendar.known_from,
        "known_to": calendar.known_to,
        "rework": one.rework,
        "source": one.source,
        "based_on": one.version,
        "schedules": [
            {"valid_from": s.valid_from, "valid_to": s.valid_to, "sessions": _flat(s.sessions)}
            for s in calendar.schedules
        ],
        "days": [
            {
                "day": d.day,
                "works": d.works,
                "sessions": _flat(d.sessions),
                "name": d.name,
                "source": d.source,
            }
            for d in calendar.days
        ],
        "limits": [
            {
                "workflow": x.workflow,
                "urgency": x.urgency,
                "stage": x.stage,
                "kind": x.limit.kind,
                "value": x.limit.value,
            }
            for x in one.limits
        ],
    }
    text = json.dumps(given, ensure_ascii=False, allow_nan=False, default=date.isoformat)
    return int(session.scalar(load(PACKAGE, "put_calendar"), {"given": text}) or 0)


def _whole(session: Session, row: CalendarRow) -> CityCalendar:
    schedules = session.execute(
        select(CalendarSchedule.sessions, CalendarSchedule.valid_from, CalendarSchedule.valid_to)
        .where(CalendarSchedule.calendar_id == row.id)
        .order_by(CalendarSchedule.valid_from.nulls_first())
    )
    days = session.execute(
        select(CalendarDay.day, CalendarDay.works, CalendarDay.sessions, CalendarDay.name, CalendarDay.source)
        .where(CalendarDay.calendar_id == row.id)
        .order_by(CalendarDay.day)
    )
    limits = session.scalars(
        select(CalendarLimit)
        .where(CalendarLimit.calendar_id == row.id)
        .order_by(CalendarLimit.workflow, CalendarLimit.urgency, CalendarLimit.stage)
    )
    calendar = Calendar(
        week=tuple(row.week),
        schedules=tuple(Schedule(_pairs(sessions), begin, end) for sessions, begin, end in schedules),
        days=tuple(Day(d.day, d.works, _pairs(d.sessions) or None, d.name, d.source) for d in days),
        known_from=row.known_from,
        known_to=row.known_to,
    )
    return CityCalendar(
        row.code, row.city, row.name_zh, row.name_en, row.source, calendar, row.rework,
        tuple(StageLimit(x.stage, Limit(x.kind, float(x.value)), x.workflow, x.urgency) for x in limits),
        row.version, row.created_at,
    )  # fmt: skip


def _flat(sessions: Sessions | None) -> list[int] | None:
    return None if sessions is None else [minute for session in sessions for minute in session]


def _pairs(minutes: Sequence[int] | None) -> Sessions:
    found = list(minutes or ())
    return tuple(zip(found[::2], found[1::2], strict=True))
