"""What a moment is to the rules: the local day, the minute, and what the calendar says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from gis.base.worktime_calendar import ZONE, Sessions
from gis.events.dispatch.model import Moment


@dataclass(frozen=True, slots=True)
class Hours:
    """The working time of the days that were asked for; a day without any is off."""

    sessions: Mapping[date, Sessions]

    def sessions_on(self, day: date) -> Sessions:
        """The working time of a day."""
        return self.sessions.get(day, ())


class Working(Protocol):
    """A calendar, or hours made out of one."""

    def sessions_on(self, day: date) -> Sessions:
        """The working time of a day; empty for a day off."""


def kind_of(calendar: Working, day: date, minute: int) -> str:
    """`work`, `off_hours` on a working day, or `day_off`."""
    sessions = calendar.sessions_on(day)
    if not sessions:
        return "day_off"
    return "work" if any(start <= minute < end for start, end in sessions) else "off_hours"


def moment_of(at: datetime, calendar: Working) -> Moment:
    """A moment as rules ask for it."""
    here = at.astimezone(ZONE)
    day, minute = here.date(), here.hour * 60 + here.minute
    return Moment(day, minute, here.isoweekday(), here.month, kind_of(calendar, day, minute))


def moments_of(times: pd.Series[Any], calendar: Working) -> dict[str, Any]:
    """The columns of `gis.events.dispatch.many` that tell moments."""
    here = pd.to_datetime(times, utc=True).dt.tz_convert(ZONE)
    days = here.dt.date.tolist()
    minutes = (here.dt.hour * 60 + here.dt.minute).tolist()
    known: dict[tuple[date, int], str] = {}
    kinds = []
    for day, minute in zip(days, minutes, strict=True):
        kind = known.get((day, minute))
        if kind is None:
            kind = known[(day, minute)] = kind_of(calendar, day, minute)
        kinds.append(kind)
    weekdays = (here.dt.day_of_week + 1).tolist()
    return {
        "day": days,
        "minute": minutes,
        "weekday": weekdays,
        "month": here.dt.month.tolist(),
        "time": kinds,
    }
