"""A city's calendar as a whole: when it works, its limits, and what reworking does to a limit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from gis.base.limits import Limit
from gis.base.worktime_calendar import Calendar, Day
from gis.base.worktime_china import national_calendar

REWORK: Final = ("restart", "continue")
NATIONAL: Final = "cn"
"""The code of the calendar of everywhere."""
MADE_OUT: Final = (date(2020, 1, 1), date(2040, 12, 31))
"""The days the database counts with."""


@dataclass(frozen=True, slots=True)
class StageLimit:
    """A limit of a stage for a workflow and an urgency; empty is every one. Stage `total` is the promise."""

    stage: str
    limit: Limit
    workflow: str = ""
    urgency: str = ""


@dataclass(frozen=True)
class CityCalendar:
    """One version of a calendar; `city` is the beginning of the codes of the areas it is for."""

    code: str
    city: str
    name_zh: str
    name_en: str | None
    source: str
    calendar: Calendar = field(repr=False)
    rework: str = "restart"
    limits: tuple[StageLimit, ...] = ()
    version: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """A version of a calendar there was or is."""

    version: int
    source: str
    created_at: datetime
    ended_at: datetime | None


def own_days(calendar: Calendar) -> tuple[Day, ...]:
    """The days that are otherwise than the country's list has them."""
    national = national_calendar().special

    def as_counted(day: Day | None) -> tuple[object, ...] | None:
        return None if day is None else (day.works, day.sessions, day.name)

    return tuple(day for day in calendar.days if as_counted(day) != as_counted(national.get(day.day)))


def national_with(own: Calendar, days: tuple[Day, ...], known_to: date | None) -> Calendar:
    """A calendar with the country's holidays, but for the days that are said to be otherwise."""
    national = national_calendar()
    given = {one.day for one in days}
    kept = tuple(one for one in national.days if one.day not in given)
    latest = max(day for day in (known_to, national.known_to) if day is not None)
    merged = tuple(sorted(kept + days, key=lambda one: one.day))
    return replace(own, days=merged, known_from=national.known_from, known_to=latest)


@dataclass(frozen=True, slots=True)
class CalendarSummary:
    """A calendar in a list."""

    code: str
    version: int
    city: str
    name_zh: str
    name_en: str | None
    rework: str
    known_from: date | None
    known_to: date | None
    source: str
    created_at: datetime
