"""Why a deadline is when it is: the days it was counted over, and why others were left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gis.base.worktime import EPOCH, IN_WORK, from_us, to_us
from gis.base.worktime_calendar import MINUTES_A_DAY, Calendar, local_day
from gis.base.worktime_index import DAY_US, MINUTE_US, OFFSET_US

MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Counted:
    """One day of a limit: how many minutes of it counted, and what kind of day it was.

    `kind`: `work`, `make_up` (a weekday off made up for 调休), `short` (sessions of its own), `weekend`, `holiday`.
    """

    day: date
    kind: str
    minutes: float
    name: str
    known: bool


def counted_days(start: datetime, end: datetime, kind: str, calendar: Calendar) -> list[Counted]:
    """Every day from `start` to `end` in order; of more than 400 the first 400."""
    found: list[Counted] = []
    day, last = local_day(start), local_day(end)
    while day <= last and len(found) < MOST_DAYS:
        midnight = (day - EPOCH.date()).days * DAY_US - OFFSET_US
        upto = min(to_us(end), midnight + DAY_US)
        begin = max(to_us(start), midnight)
        minutes = _within(day, begin - midnight, upto - midnight, kind, calendar)
        found.append(
            Counted(day, day_kind(day, calendar), minutes, _name(day, calendar), calendar.is_known(day))
        )
        day += timedelta(days=1)
    return found


def day_kind(day: date, calendar: Calendar) -> str:
    """What kind of day it is in a calendar."""
    own = calendar.special.get(day)
    weekday = calendar.week[day.weekday()]
    if not calendar.sessions_on(day):
        return "holiday" if own is not None and weekday else "weekend"
    if own is not None and own.sessions is not None:
        return "short"
    return "work" if weekday else "make_up"


def next_work(moment: datetime, calendar: Calendar) -> datetime:
    """The instant itself in working time, else the next at which work begins."""
    day, us = local_day(moment), to_us(moment)
    while True:
        midnight = (day - EPOCH.date()).days * DAY_US - OFFSET_US
        for begin, end in calendar.sessions_on(day):
            if us < midnight + end * MINUTE_US:
                return from_us(max(us, midnight + begin * MINUTE_US))
        day += timedelta(days=1)


def _within(day: date, begin_us: int, end_us: int, kind: str, calendar: Calendar) -> float:
    sessions = calendar.sessions_on(day) if kind in IN_WORK else ((0, MINUTES_A_DAY),)
    spans = (min(end_us, b * MINUTE_US) - max(begin_us, a * MINUTE_US) for a, b in sessions)
    return sum(max(0, span) for span in spans) / MINUTE_US


def _name(day: date, calendar: Calendar) -> str:
    own = calendar.special.get(day)
    return own.name if own is not None else ""
