"""A brute-force minute counter: every minute of some years, asked one by one whether anybody works in it.

It shares nothing with `gis.base.worktime` but the sessions and days it is told, and knows no sums: it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction

import chinese_calendar
import numpy as np
import numpy.typing as npt

from gis.base.worktime_calendar import ZONE

EIGHT = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))
SUMMER = ((8 * 60, 12 * 60), (15 * 60, 18 * 60 + 30))
SHORT = {date(2024, 2, 9): ((8 * 60 + 30, 12 * 60),), date(2025, 1, 27): ((8 * 60, 12 * 60),)}
OFF = frozenset({date(2024, 3, 8), date(2025, 6, 16)})
"""Days this city works short, or not at all, on its own account."""
MINUTE = timedelta(minutes=1)


def sessions(day: date) -> tuple[tuple[int, int], ...]:
    """When this city works on a day."""
    if day in SHORT:
        return SHORT[day]
    if day in OFF or not chinese_calendar.is_workday(day):
        return ()
    return SUMMER if date(day.year, 6, 1) <= day <= date(day.year, 9, 15) else EIGHT


def minutes_of(day: date) -> list[bool]:
    """Whether each minute of a day is working time."""
    hours = sessions(day)
    return [any(a <= minute < b for a, b in hours) for minute in range(24 * 60)]


class Minutes:
    """All minutes from the first of January of one year to the last of December of another."""

    def __init__(self, first: int, last: int) -> None:
        self.begin = datetime(first, 1, 1, tzinfo=ZONE)
        self.end = datetime(last + 1, 1, 1, tzinfo=ZONE)
        days = (self.begin.date() + timedelta(days=i) for i in range((self.end - self.begin).days))
        self.worked: npt.NDArray[np.bool_] = np.array([one for day in days for one in minutes_of(day)])

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from one instant to another: whole minutes counted, and the pieces at both ends."""
        first, into = divmod(start - self.begin, MINUTE)
        last, upto = divmod(end - self.begin, MINUTE)
        if first == last:
            return (end - start) if self.worked[first] else timedelta(0)
        whole = int(np.count_nonzero(self.worked[first + 1 : last])) * MINUTE
        if self.worked[first]:
            whole += MINUTE - into
        if last < len(self.worked) and self.worked[last]:
            whole += upto
        return whole

    def days_between(self, start: datetime, end: datetime) -> Fraction:
        """Work days from one instant to another: each worked minute is its part of the minutes of its day."""
        total = Fraction(0)
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < end:
            following = midnight + timedelta(days=1)
            of_day = self.between(midnight, following)
            done = self.between(max(start, midnight), min(end, following))
            if of_day:
                total += Fraction(done // timedelta(microseconds=1), of_day // timedelta(microseconds=1))
            midnight = following
        return total


def days_of_city() -> Mapping[date, tuple[tuple[int, int], ...] | None]:
    """What the city does otherwise than the country: sessions, or None for a day off."""
    return {**SHORT, **dict.fromkeys(OFF)}
