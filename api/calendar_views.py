"""Calendars and deadlines as JSON values, and what is written about them read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from fastapi.encoders import jsonable_encoder

from api.calendar_schemas import CalendarIn, DayIn, DeadlineIn, ScheduleIn, StageLimitIn
from gis.base.errors import Invalid
from gis.base.limits import Limit, check_limit, parse_limit
from gis.base.worktime_calendar import ZONE, Calendar, Day, Schedule, read_sessions, write_sessions
from gis.base.worktime_explain import Counted, day_kind
from gis.events.clocks.calendars import Preview, require_made_out, tried, with_known
from gis.events.clocks.model import (
    MADE_OUT,
    CalendarSummary,
    CalendarVersion,
    CityCalendar,
    StageLimit,
    national_with,
    own_days,
)

YEARS_TRIED: Final = 3
MOST_SHOWN: Final = 100


def summary_view(one: CalendarSummary | CityCalendar) -> dict[str, Any]:
    """A calendar in a list."""
    known = one if isinstance(one, CalendarSummary) else one.calendar
    return {
        "code": one.code,
        "version": one.version,
        "city": one.city,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "rework": one.rework,
        "known_from": _date(known.known_from),
        "known_to": _date(known.known_to),
        "source": one.source,
        "created_at": one.created_at.isoformat() if one.created_at else None,
    }


def calendar_view(one: CityCalendar, versions: Sequence[CalendarVersion]) -> dict[str, Any]:
    """A calendar with its rules, the days of its own and its versions."""
    own = own_days(one.calendar)
    return summary_view(one) | {
        "week": list(one.calendar.week),
        "schedules": [
            {
                "sessions": write_sessions(s.sessions),
                "valid_from": _date(s.valid_from),
                "valid_to": _date(s.valid_to),
            }
            for s in one.calendar.schedules
        ],
        "limits": [
            {
                "stage": x.stage,
                "workflow": x.workflow,
                "urgency": x.urgency,
                "kind": x.limit.kind,
                "value": x.limit.value,
                "limit": x.limit.zh(),
            }
            for x in one.limits
        ],
        "own_days": len(own),
        "days": [
            {
                "day": _date(day.day),
                "works": day.works,
                "sessions": write_sessions(day.sessions) if day.sessions else None,
                "name": day.name,
                "source": day.source,
            }
            for day in own
        ],
        "versions": jsonable_encoder([asdict(version) for version in versions]),
    }


def days_view(one: CityCalendar, year: int) -> list[dict[str, Any]]:
    """Every day of a year."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)]
    mine = {day.day for day in own_days(one.calendar)}
    return [_day_view(day, one.calendar) | {"own": day in mine} for day in days]


def _day_view(day: date, calendar: Calendar) -> dict[str, Any]:
    own = calendar.special.get(day)
    return {
        "day": day.isoformat(),
        "kind": day_kind(day, calendar),
        "sessions": write_sessions(calendar.sessions_on(day)),
        "name": own.name if own else "",
        "source": own.source if own else "",
        "known": calendar.is_known(day),
    }


def change_view(before: CityCalendar, after: CityCalendar, limit: Limit, now: datetime) -> dict[str, Any]:
    """What a calendar would change: days from today on, and when a limit ends that begins now or on the first of them."""
    today = now.astimezone(ZONE).date()
    years = range(today.year, min(today.year + YEARS_TRIED, MADE_OUT[1].year + 1))
    told = ("kind", "sessions", "name")
    pairs = [
        (was, becomes)
        for one in years
        for was, becomes in zip(days_view(before, one), days_view(after, one), strict=True)
        if was["day"] >= today.isoformat() and any(was[name] != becomes[name] for name in told)
    ]
    starts = [now]
    if pairs:
        first = date.fromisoformat(pairs[0][0]["day"])
        starts.append(datetime.combine(first - timedelta(days=1), time(16), ZONE))
    return {
        "against": before.code,
        "version": before.version,
        "changed": len(pairs),
        "days": [
            {
                "day": was["day"],
                "was": {name: was[name] for name in told},
                "now": {name: becomes[name] for name in told},
            }
            for was, becomes in pairs[:MOST_SHOWN]
        ],
        "deadlines": [
            {
                "was": deadline_view(tried(before, start, limit)),
                "now": deadline_view(tried(after, start, limit)),
            }
            for start in starts
        ],
    }


def deadline_view(one: Preview) -> dict[str, Any]:
    """A deadline and why."""
    zh, en = _explained(one)
    return {
        "start": one.start.isoformat(),
        "begins": one.begins.isoformat(),
        "due": one.due.isoformat(),
        "kind": one.limit.kind,
        "value": one.limit.value,
        "limit": one.limit.zh(),
        "limit_en": one.limit.en(),
        "calendar": one.calendar.code,
        "version": one.calendar.version,
        "provisional": one.provisional,
        "explanation": zh,
        "explanation_en": en,
        "days": [
            {
                "day": day.day.isoformat(),
                "kind": day.kind,
                "minutes": day.minutes,
                "name": day.name,
                "known": day.known,
            }
            for day in one.days
        ],
    }


def _explained(one: Preview) -> tuple[str, str]:
    """The deadline in a sentence each."""
    off = [day for day in one.days if not day.minutes and day.kind in {"weekend", "holiday"}]
    made_up = [day for day in one.days if day.minutes and day.kind == "make_up"]
    due = one.due.strftime("%Y-%m-%d %H:%M")
    zh = f"{one.limit.zh()}，自 {one.begins.strftime('%Y-%m-%d %H:%M')} 起计，至 {due}"
    en = f"{one.limit.en()}, counted from {one.begins.strftime('%Y-%m-%d %H:%M')}, ends {due}"
    if off:
        zh += f"；其间休息 {len(off)} 天{_names(off)}"
        en += f"; {len(off)} days off between"
    if made_up:
        zh += f"；含调休上班 {len(made_up)} 天"
        en += f"; {len(made_up)} make-up working days"
    if one.provisional:
        zh += "；涉及尚未公布假期的日期，为暂定"
        en += "; provisional: holidays are not announced that far"
    return zh, en


def _names(days: Sequence[Counted]) -> str:
    names = list(dict.fromkeys(day.name for day in days if day.name))
    return f"（{'、'.join(names)}）" if names else ""


def read_deadline(given: DeadlineIn) -> tuple[datetime, Limit]:
    """The start and the limit asked for; Invalid `bad_time`, `bad_limit`, `missing`."""
    try:
        start = datetime.fromisoformat(given.start)
    except ValueError:
        raise Invalid("bad_time", "时间无效", "This is no time", field="start") from None
    if given.limit is not None and given.kind is None and given.value is None:
        return start, parse_limit(given.limit)
    if given.limit is None and given.kind is not None and given.value is not None:
        return start, check_limit(given.kind, given.value, "value")
    raise Invalid("missing", "请给出 limit，或 kind 与 value", "give limit, or kind and value", field="limit")


def read_calendar(given: CalendarIn, before: CityCalendar | None, national: CityCalendar) -> CityCalendar:
    """The calendar a body says, with the country's holidays; limits stay where it says none."""
    days = tuple(_day(one, given.source) for one in given.days)
    if len({one.day for one in days}) < len(days):
        raise Invalid("twice", "日期重复", "a day is given twice", field="days")
    own = Calendar(
        week=tuple(given.week) if given.week is not None else national.calendar.week,
        schedules=tuple(_schedule(one) for one in given.schedules) or national.calendar.schedules,
    )
    limits = (before or national).limits if given.limits is None else tuple(map(_limit, given.limits))
    known_to = _read_date(given.known_to, "known_to")
    one = CityCalendar(
        given.code, given.city, given.name_zh, given.name_en, given.source, national_with(own, days, known_to),
        given.rework, limits, given.based_on,
    )  # fmt: skip
    return with_known(one, known_to) if known_to else replace(one)


def _day(one: DayIn, source: str) -> Day:
    day = _read_date(one.day, "days")
    assert day is not None
    require_made_out(day, "days")
    sessions = read_sessions(one.sessions) if one.sessions else None
    return Day(day, one.works, sessions, one.name, one.source or source)


def _schedule(one: ScheduleIn) -> Schedule:
    begin, end = (_read_date(text, "schedules") for text in (one.valid_from, one.valid_to))
    return Schedule(read_sessions(one.sessions), begin, end)


def _limit(one: StageLimitIn) -> StageLimit:
    return StageLimit(one.stage, parse_limit(one.limit), one.workflow, one.urgency)


def _read_date(text: str | None, field: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            "bad_date", "日期应为 2027-01-01", "a date looks like 2027-01-01", field=field
        ) from None


def _date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
