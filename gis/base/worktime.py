"""Limits in working time: when something is due, and how much of a limit is used.

Kinds of limits (时限):

- `urgent_hour` 紧急工作时: hours that run through nights, weekends and holidays;
- `work_hour` 工作时: hours of the sessions of the calendar;
- `work_day` 工作日: a work day is whatever the calendar works on that date, short days included, and every minute of
  it is an equal part of that day. With days of one length the deadline is at the same minute of the n-th work day
  after; what begins outside working time has the whole of the days that follow;
- `natural_day` 自然日: 24 hours, through everything.

A deadline is the first instant at which the limit is used up: 18:00, never 08:00 of the next day. Work days of unlike
lengths round up to the microsecond; all else is exact. Values have up to three decimals. How limits are written is
told by `gis.base.limits`.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from gis.base.errors import Invalid
from gis.base.limits import KINDS, LARGEST, NATURAL_DAY, URGENT_HOUR, WORK_DAY, WORK_HOUR
from gis.base.worktime_calendar import ZONE, Calendar
from gis.base.worktime_index import DAY_US, MINUTE_US, Bools, Ints, out_of_range

IN_WORK: Final = frozenset({WORK_HOUR, WORK_DAY})
"""Kinds that need the calendar."""
UNIT_US: Final = {URGENT_HOUR: 60 * MINUTE_US, WORK_HOUR: 60 * MINUTE_US, NATURAL_DAY: DAY_US}
PARTS: Final = 1000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
Value = int | float | Decimal


def parts_of(value: Value) -> int:
    """A value in thousandths; Invalid `bad_limit` for what has none, is nothing, or is unbelievably much."""
    number = float(value)
    if not math.isfinite(number) or not 0 < number <= LARGEST:
        raise _bad(value)
    parts = round(number * PARTS)
    if abs(parts - number * PARTS) > 1e-6:
        raise _bad(value)
    return parts


def _bad(value: Value) -> Invalid:
    return Invalid(
        "bad_limit",
        f"时限须大于 0、不超过 {LARGEST}，至多三位小数：{value}",
        f"a limit is above 0, at most {LARGEST}, with up to three decimals: {value}",
        field="limit",
    )


def to_us(moment: datetime) -> int:
    """An instant as microseconds since 1970 in UTC; Invalid `time_without_zone` for one that names no zone."""
    if moment.tzinfo is None:
        raise Invalid(
            "time_without_zone",
            "时间须带时差，如 +08:00",
            "a time needs its offset, as +08:00",
            field="start",
        )
    return (moment - EPOCH) // _US


def from_us(moment: int) -> datetime:
    """Microseconds since 1970 as an instant, written in the time of the country."""
    return (EPOCH + timedelta(microseconds=moment)).astimezone(ZONE)


def due(start: datetime, kind: str, value: Value, calendar: Calendar) -> datetime:
    """When a limit that begins to run at `start` is used up."""
    parts = parts_of(value)
    return from_us(int(due_us(_one(start), kind, np.array([parts]), calendar)[0]))


def add(start: datetime, kind: str, amount: Fraction, calendar: Calendar) -> datetime:
    """`start` and any amount of a kind more, as `elapsed` gives it; nothing more is `start` itself."""
    if amount < 0:
        raise ValueError("a clock does not run backwards")
    if amount == 0:
        return from_us(to_us(start))
    if kind != WORK_DAY:
        return from_us(int(_later(_one(start), kind, np.array([_ceil(amount * UNIT_US[kind])]), calendar)[0]))
    index = calendar.index
    day, within = index.day_at(index.work_at(_one(start)))
    target = int(day[0]) + Fraction(int(within[0]), int(index.day_minutes[day[0]]) * MINUTE_US) + amount
    whole = target.numerator // target.denominator
    if whole >= len(index.day_minutes):
        raise out_of_range()
    offset = _ceil((target - whole) * int(index.day_minutes[whole]) * MINUTE_US)
    return from_us(int(index.at_work(index.day_work[[whole]] + offset)[0]))


def elapsed(start: datetime, end: datetime, kind: str, calendar: Calendar) -> Fraction:
    """How much of a kind runs from `start` to `end`, exactly; ValueError when `end` is before."""
    if end < start:
        raise ValueError("it ended before it began")
    if kind not in IN_WORK:
        return Fraction(to_us(end) - to_us(start), UNIT_US[kind])
    index = calendar.index
    work = index.work_at(np.array([to_us(start), to_us(end)]))
    if kind == WORK_HOUR:
        return Fraction(int(work[1] - work[0]), UNIT_US[kind])
    day, within = index.day_at(work)
    parts = [
        Fraction(int(w), int(m) * MINUTE_US) for w, m in zip(within, index.day_minutes[day], strict=True)
    ]
    return int(day[1] - day[0]) + parts[1] - parts[0]


def is_provisional(start: datetime, end: datetime, kind: str, calendar: Calendar) -> bool:
    """Whether a deadline was computed over days whose holidays nobody has announced yet."""
    return kind in IN_WORK and not bool(calendar.index.knows(_one(start), _one(end))[0])


def due_us(starts: Ints, kind: str, parts: Ints, calendar: Calendar) -> Ints:
    """`due` of many starts (n,) in microseconds since 1970, values in thousandths (n,) or one for all."""
    if kind == WORK_DAY:
        return _due_days(starts, parts, calendar)
    return _later(starts, kind, parts * (UNIT_US[kind] // PARTS), calendar)


def due_mixed(starts: Ints, kinds: npt.NDArray[np.int8], parts: Ints, calendar: Calendar) -> Ints:
    """As `due_us`, each start (n,) with its own kind, the index in `KINDS`."""
    found = np.empty_like(starts)
    for code, kind in enumerate(KINDS):
        mine = np.flatnonzero(kinds == code)
        if mine.size:
            found[mine] = due_us(starts[mine], kind, parts[mine], calendar)
    return found


def elapsed_us(starts: Ints, ends: Ints, calendar: Calendar) -> Ints:
    """Microseconds of working time from each start to its end."""
    return calendar.index.work_at(ends) - calendar.index.work_at(starts)


def elapsed_days(starts: Ints, ends: Ints, calendar: Calendar) -> npt.NDArray[np.float64]:
    """Work days from each start to its end, in floats: for statistics; `elapsed` is exact."""
    index = calendar.index
    (from_day, done), (to_day, upto) = (index.day_at(index.work_at(at)) for at in (starts, ends))
    lengths = index.day_minutes * float(MINUTE_US)
    parts: npt.NDArray[np.float64] = upto / lengths[to_day] - done / lengths[from_day]
    return (to_day - from_day) + parts


def provisional_us(starts: Ints, ends: Ints, calendar: Calendar) -> Bools:
    """`is_provisional` of many deadlines of a kind that needs the calendar."""
    return ~calendar.index.knows(starts, ends)


def _later(starts: Ints, kind: str, more: Ints, calendar: Calendar) -> Ints:
    if kind in IN_WORK:
        return calendar.index.at_work(calendar.index.work_at(starts) + more)
    return starts + more


def _due_days(starts: Ints, parts: Ints, calendar: Calendar) -> Ints:
    """Within a day the share that is done counts, in 1/(1000 · minutes of that day · µs): whole numbers throughout."""
    index = calendar.index
    if index.even_us:
        return index.at_work(index.work_at(starts) + parts * (index.even_us // PARTS))
    day, within = index.day_at(index.work_at(starts))
    minutes = index.day_minutes[day]
    share = within * PARTS + parts % PARTS * (minutes * MINUTE_US)
    whole = minutes * (MINUTE_US * PARTS)
    carry = share >= whole
    share -= np.where(carry, whole, 0)
    day = day + parts // PARTS + carry
    if day.size and day.max() >= len(index.day_minutes):
        raise out_of_range()
    there = index.day_minutes[day]
    offset = -(-share * there // (minutes * PARTS))
    return index.at_work(index.day_work[day] + offset)


def _one(moment: datetime) -> Ints:
    return np.array([to_us(moment)], dtype=np.int64)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
