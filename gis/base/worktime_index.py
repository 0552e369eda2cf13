"""A calendar made out day by day: how much was worked before an instant, and the instant of so much work.

Everything is whole microseconds in int64. The sessions of sixty years lie in a row with the work done before each;
a question looks up a session nearby, by the day or the work, and steps from there: a few passes over all questions,
where a binary search would take fifteen. Work days are counted likewise: day k begins at `day_work[k]`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from gis.base.errors import Invalid
from gis.base.worktime_calendar import FIRST_DAY, LAST_DAY, ZONE, Sessions

if TYPE_CHECKING:
    from gis.base.worktime_calendar import Calendar

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MINUTE_US: Final = 60_000_000
DAY_US: Final = 1440 * MINUTE_US
_offset = ZONE.utcoffset(None)
OFFSET_US: Final = int(_offset.total_seconds()) * 1_000_000
_EPOCH = date(1970, 1, 1)


class WorkIndex:
    """The sessions of a calendar as arrays: instants are microseconds since 1970 in UTC."""

    def __init__(self, calendar: Calendar) -> None:
        patterns, of_day = _patterns(calendar)
        worked = np.flatnonzero(of_day >= 0)
        pattern = of_day[worked]
        minutes = np.array([sum(b - a for a, b in one) for one in patterns], dtype=np.int64)
        begin, length = _spread(patterns, worked, pattern)
        self.first_us = _day_us(FIRST_DAY)
        self.end_us = _day_us(LAST_DAY + timedelta(days=1))
        self.begin: Ints = begin
        """Where each session begins."""
        self.length: Ints = length
        self.done: Ints = np.cumsum(length)
        """Work until the end of each session."""
        self.before: Ints = self.done - length
        self.day_minutes: Ints = minutes[pattern]
        """Minutes of each work day."""
        self.day_work: Ints = np.concatenate([[0], np.cumsum(self.day_minutes)]) * MINUTE_US
        """Work before each work day, and all of it at the end."""
        self.even_us = int(minutes[pattern[0]]) * MINUTE_US if len(set(minutes[pattern].tolist())) == 1 else 0
        """How long every work day is, if all are alike."""
        self.known_us = _known(calendar)
        days = self.first_us + DAY_US * np.arange(len(of_day) + 1)
        self._on_day = np.searchsorted(begin, days, side="left")
        self._step_us = max(int(length.min()), 60 * MINUTE_US)
        steps = self._step_us * np.arange(int(self.done[-1]) // self._step_us + 1)
        self._in_work = np.searchsorted(self.done, steps, side="left")
        self._in_days = np.searchsorted(self.day_work, steps, side="right")

    def work_at(self, moments: Ints) -> Ints:
        """Microseconds worked from the first day until each instant."""
        if moments.size and not (self.first_us <= moments.min() and moments.max() <= self.end_us):
            raise out_of_range()
        session = (
            _advance(self._on_day[(moments - self.first_us) // DAY_US], self.begin, moments, or_equal=True)
            - 1
        )
        np.maximum(session, 0, out=session)  # before the first session of all nothing is done
        within = moments - self.begin[session]
        np.clip(within, 0, self.length[session], out=within)
        within += self.before[session]
        return within

    def at_work(self, work: Ints) -> Ints:
        """The first instant at which so much was worked: the end of a day, never the beginning of the next."""
        if work.size and work.max() > self.done[-1]:
            raise out_of_range()
        session = _advance(self._in_work[work // self._step_us], self.done, work)
        found: Ints = self.begin[session] + (work - self.before[session])
        return found

    def day_at(self, work: Ints) -> tuple[Ints, Ints]:
        """The number of the work day that so much work reaches into, and how much was worked on it before.

        At the end of a day it is the next one and nothing.
        """
        day = _advance(self._in_days[work // self._step_us], self.day_work, work, or_equal=True) - 1
        np.minimum(day, len(self.day_minutes) - 1, out=day)
        return day, work - self.day_work[day]

    def knows(self, begin: Ints, end: Ints) -> Bools:
        """Whether the holidays of the whole time between are known."""
        first, last = self.known_us
        known: Bools = (begin >= first) & (end <= last)
        return known


def _advance(at: Ints, row: Ints, asked: Ints, *, or_equal: bool = False) -> Ints:
    """`numpy.searchsorted` from places that are not too far along: each steps on until its value is behind it."""
    last = len(row) - 1
    while True:
        here = row[np.minimum(at, last)]
        behind = (here <= asked if or_equal else here < asked) & (at <= last)
        if not behind.any():
            return at
        at = at + behind


def out_of_range() -> Invalid:
    """The refusal of instants no calendar is made out for."""
    return Invalid(
        "time_out_of_range",
        f"时间须在 {FIRST_DAY} 至 {LAST_DAY} 之间",
        f"times are computed from {FIRST_DAY} to {LAST_DAY}",
        field="start",
    )


def _day_us(day: date) -> int:
    return (day - _EPOCH).days * DAY_US - OFFSET_US


def _known(calendar: Calendar) -> tuple[int, int]:
    if calendar.known_from is None or calendar.known_to is None:
        return 1, 0
    return _day_us(calendar.known_from), _day_us(calendar.known_to + timedelta(days=1))


def _patterns(calendar: Calendar) -> tuple[list[Sessions], Ints]:
    """The different kinds of days, and which of them each day since FIRST_DAY is (-1: a day off)."""
    count = (LAST_DAY - FIRST_DAY).days + 1
    patterns: dict[Sessions, int] = {}
    of_day = np.full(count, -1, dtype=np.int64)
    for one in sorted(calendar.schedules, key=lambda one: one.valid_from or date.min):
        low = max(0, (one.valid_from - FIRST_DAY).days) if one.valid_from else 0
        high = min(count, (one.valid_to - FIRST_DAY).days + 1) if one.valid_to else count
        of_day[low : max(high, 0)] = patterns.setdefault(one.sessions, len(patterns))
    weekday = (FIRST_DAY.weekday() + np.arange(count)) % 7
    scheduled = of_day.copy()
    of_day[~np.array(calendar.week)[weekday]] = -1
    for day in calendar.days:
        at = (day.day - FIRST_DAY).days
        if not 0 <= at < count:
            continue
        if not day.works:
            of_day[at] = -1
        elif day.sessions is None:
            of_day[at] = scheduled[at]
        else:
            of_day[at] = patterns.setdefault(day.sessions, len(patterns))
    return list(patterns), of_day


def _spread(patterns: list[Sessions], worked: Ints, pattern: Ints) -> tuple[Ints, Ints]:
    """Begin and length of every session of every work day, in the order of time."""
    most = max(len(one) for one in patterns)
    begins = np.full((len(patterns), most), -1, dtype=np.int64)
    lengths = np.zeros((len(patterns), most), dtype=np.int64)
    for row, sessions in enumerate(patterns):
        for column, (a, b) in enumerate(sessions):
            begins[row, column], lengths[row, column] = a * MINUTE_US, (b - a) * MINUTE_US
    is_session = (begins >= 0)[pattern]
    midnight = _day_us(FIRST_DAY) + worked * DAY_US
    return (midnight[:, None] + begins[pattern])[is_session], lengths[pattern][is_session]
