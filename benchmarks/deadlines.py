"""Rows `deadlines`, `deadlines_days`, `deadlines_few`: when limits in working time are due, over holidays and noon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.harness import Row, compare, timed
from gis.base.limits import KINDS
from gis.base.worktime import due_mixed, due_us, from_us, to_us
from gis.base.worktime_calendar import ZONE, Calendar
from gis.base.worktime_china import national_calendar
from gis.base.worktime_index import OFFSET_US, Ints

STARTS = {"town": 10_000, "district": 100_000, "city": 1_000_000}
FEW = {"town": 200, "district": 1_000, "city": 5_000}
FIRST, LAST = date(2023, 1, 1), date(2025, 12, 1)
SESSIONS = ((8, 12), (14, 18))
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
WORK_DAY = KINDS.index("work_day")


def run(size: str) -> list[Row]:
    """All four kinds at once against a loop over days, work days against numpy's, work hours against pandas'."""
    calendar = national_calendar()
    setup_s, _ = timed(lambda: calendar.index)
    starts = _starts(STARTS[size], calendar)
    setup = {"ours": setup_s}
    return [_all_kinds(size, starts, calendar, setup), _days(size, starts, calendar), _few(size, calendar)]


def _starts(count: int, calendar: Calendar) -> Ints:
    """Starts over three years, to the microsecond, in working time: the peers know no other."""
    rng = np.random.default_rng(13)
    low, high = (to_us(datetime(d.year, d.month, d.day, tzinfo=ZONE)) for d in (FIRST, LAST))
    index = calendar.index
    first, last = index.work_at(np.array([low, high]))
    return index.at_work(rng.integers(first + 1, last, count))


def _all_kinds(size: str, starts: Ints, calendar: Calendar, setup_s: dict[str, float]) -> Row:
    rng = np.random.default_rng(14)
    kinds = rng.integers(0, len(KINDS), len(starts)).astype(np.int8)
    values = rng.choice(np.array([1, 2, 3, 4, 5, 15]), len(starts))
    row = compare(
        "deadlines",
        size,
        lambda: due_mixed(starts, kinds, values * 1000, calendar),
        {"loop": lambda: _loop(starts, kinds, values)},
        agree=_same,
        floor=lambda: (starts.copy(), kinds.copy(), values.copy(), np.empty_like(starts)),
        setup_s=setup_s,
        notes=[
            f"{len(starts):,} deadlines of 1 to 15 urgent hours, work hours, work days, natural days",
            "loop: one by one over the days, each asked of chinese_calendar once and remembered",
        ],
    )
    row.measures["deadlines_per_s"] = len(starts) / row.ours_s
    return row


def _days(size: str, starts: Ints, calendar: Calendar) -> Row:
    values = np.random.default_rng(15).integers(1, 16, len(starts))
    setup_s, busdays = timed(_busdays)
    return compare(
        "deadlines_days",
        size,
        lambda: due_us(starts, "work_day", values * 1000, calendar),
        {"numpy": lambda: _numpy(starts, values, busdays)},
        agree=_same,
        setup_s={"numpy": setup_s},
        notes=["numpy: busday_offset, which knows whole days only; the time of day is added again"],
    )


def _few(size: str, calendar: Calendar) -> Row:
    starts = _starts(FEW[size], calendar)
    values = np.random.default_rng(16).integers(1, 20, len(starts))
    setup_s, hours = timed(_business_hours)
    return compare(
        "deadlines_few",
        size,
        lambda: due_us(starts, "work_hour", values * 1000, calendar),
        {"pandas": lambda: _pandas(starts, values, hours)},
        agree=_same,
        setup_s={"pandas": setup_s},
        notes=[f"{len(starts):,} deadlines of 1 to 19 work hours; pandas: CustomBusinessHour, one by one"],
    )


def _days_off() -> list[date]:
    """Every day nobody works, weekends too, so that a peer with a mask of the week keeps make-up days."""
    days = (FIRST + timedelta(days=i) for i in range((date(2026, 12, 31) - FIRST).days))
    return [day for day in days if not chinese_calendar.is_workday(day)]


def _busdays() -> np.busdaycalendar:
    return np.busdaycalendar(weekmask="1111111", holidays=np.array(_days_off(), dtype="datetime64[D]"))


def _numpy(starts: Ints, values: Ints, busdays: np.busdaycalendar) -> Ints:
    local = starts + OFFSET_US
    day = (local // DAY_US).astype("datetime64[D]")
    after: npt.NDArray[np.int64] = np.busday_offset(day, values, busdaycal=busdays).astype(np.int64)
    return after * DAY_US + local % DAY_US - OFFSET_US


def _business_hours() -> Callable[[int], pd.offsets.CustomBusinessHour]:
    holidays = _days_off()
    begins, ends = ([f"{pair[i]:02d}:00" for pair in SESSIONS] for i in (0, 1))

    def of(hours: int) -> pd.offsets.CustomBusinessHour:
        return pd.offsets.CustomBusinessHour(
            n=hours,
            weekmask="Mon Tue Wed Thu Fri Sat Sun",  # type: ignore[call-arg]  # the stubs do not know it
            holidays=holidays,
            start=begins,
            end=ends,
        )

    made = {hours: of(hours) for hours in range(1, 20)}
    return made.__getitem__


def _pandas(
    starts: Ints, values: Ints, hours: Callable[[int], pd.offsets.CustomBusinessHour]
) -> npt.NDArray[np.int64]:
    local = pd.to_datetime(starts + OFFSET_US, unit="us")
    ends = [start + hours(int(n)) for start, n in zip(local, values, strict=True)]
    return np.array([end.value // 1000 for end in ends]) - OFFSET_US


def _loop(starts: Ints, kinds: npt.NDArray[np.int8], values: Ints) -> npt.NDArray[np.int64]:
    """What one writes without a library of working time."""
    known: dict[date, bool] = {}

    def works(day: date) -> bool:
        if day not in known:
            known[day] = chinese_calendar.is_workday(day)
        return known[day]

    found = np.empty_like(starts)
    for i, (start, kind, value) in enumerate(
        zip(starts.tolist(), kinds.tolist(), values.tolist(), strict=True)
    ):
        found[i] = to_us(_due(from_us(start), KINDS[kind], value, works))
    return found


def _due(start: datetime, kind: str, value: int, works: Callable[[date], bool]) -> datetime:
    if kind == "urgent_hour":
        return start + timedelta(hours=value)
    if kind == "natural_day":
        return start + timedelta(days=value)
    if kind == "work_day":
        while value:
            start += timedelta(days=1)
            value -= works(start.date())
        return start
    left = timedelta(hours=value)
    while True:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        for begin, end in SESSIONS if works(start.date()) else ():
            start = max(start, midnight + timedelta(hours=begin))
            room = midnight + timedelta(hours=end) - start
            if room >= left:
                return start + left
            if room > timedelta(0):
                left -= room
                start += room
        start = midnight + timedelta(days=1)


def _same(answers: dict[str, Any]) -> bool:
    """Whether every deadline is the same to the microsecond."""
    return all(np.array_equal(answers["ours"], other) for other in answers.values())
