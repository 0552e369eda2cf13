"""What a calendar refuses, and how it tells its days."""

from __future__ import annotations

from datetime import date, datetime

import chinese_calendar
import pytest

from gis.base.errors import Invalid
from gis.base.worktime import due
from gis.base.worktime_calendar import (
    DEFAULT_SESSIONS,
    ZONE,
    Calendar,
    Day,
    Schedule,
    Sessions,
    read_sessions,
    write_sessions,
)
from gis.base.worktime_china import national_calendar, national_days, national_years
from gis.base.worktime_explain import counted_days, day_kind, next_work


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("08:00-12:00 14:00-18:00", DEFAULT_SESSIONS),
        ("8:00–12:00，14：00-18：00", DEFAULT_SESSIONS),
        ("00:00-24:00", ((0, 1440),)),
    ],
)
def test_sessions_as_they_are_written(text: str, sessions: Sessions) -> None:
    assert read_sessions(text) == sessions
    assert read_sessions(write_sessions(sessions)) == sessions


@pytest.mark.parametrize(
    "text",
    [
        "", "8-12", "08:00-12", "12:00-08:00", "08:00-12:00 12:00-18:00", "08:00-25:00", "08:60-12:00",
        "08:00-10:00 09:00-12:00", "08:00", "aa:bb-cc:dd", "-1:00-02:00",
    ],
)  # fmt: skip
def test_what_are_no_sessions(text: str) -> None:
    with pytest.raises(Invalid, match="bad_sessions"):
        read_sessions(text)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Calendar(week=(False,) * 7), "bad_week"),
        (lambda: Calendar(schedules=()), "no_schedule"),
        (lambda: Calendar(schedules=(Schedule(DEFAULT_SESSIONS, date(2025, 1, 1)),)), "no_schedule"),
        (lambda: Calendar(schedules=(Schedule(DEFAULT_SESSIONS),) * 2), "twice"),
        (
            lambda: Calendar(
                schedules=(
                    Schedule(DEFAULT_SESSIONS),
                    Schedule(DEFAULT_SESSIONS, date(2025, 2, 1), date(2025, 1, 1)),
                )
            ),
            "bad_schedule",
        ),
        (lambda: Calendar(days=(Day(date(2025, 1, 1), works=False),) * 2), "twice"),
        (
            lambda: Calendar(days=(Day(date(2025, 1, 1), works=False, sessions=DEFAULT_SESSIONS),)),
            "bad_day",
        ),
    ],
    ids=["week", "none", "later", "twice", "backwards", "day_twice", "off_with_sessions"],
)
def test_what_is_no_calendar(make: object, code: str) -> None:
    assert callable(make)
    with pytest.raises(Invalid, match=code):
        make()


def test_the_schedule_that_began_last_counts() -> None:
    long, short = ((0, 600),), ((0, 60),)
    calendar = Calendar(
        schedules=(
            Schedule(DEFAULT_SESSIONS),
            Schedule(long, date(2025, 1, 1), date(2025, 12, 31)),
            Schedule(short, date(2025, 6, 2), date(2025, 6, 6)),
        )
    )
    asked = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 6, 2), date(2025, 6, 9), date(2026, 1, 1)]
    expected = [DEFAULT_SESSIONS, long, short, long, DEFAULT_SESSIONS]
    assert [calendar.sessions_on(day) for day in asked] == expected
    for day, sessions in zip(asked, expected, strict=True):
        start = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        end = due(start, "work_day", 1, calendar)
        assert (end - start).total_seconds() / 60 == sessions[-1][1]


def test_every_known_day_is_as_the_library_says() -> None:
    first, last = national_years()
    calendar = national_calendar()
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        assert bool(calendar.sessions_on(day)) == chinese_calendar.is_workday(day), day
    assert {one.name.isascii() for one in national_days()} == {False}


def test_days_are_told_with_their_kind_and_minutes() -> None:
    calendar = Calendar(
        days=(
            Day(date(2025, 10, 1), works=False, name="国庆节"),
            Day(date(2025, 10, 4), works=True, name="调休"),
            Day(date(2025, 10, 2), works=True, sessions=((480, 720),)),
        ),
        known_from=date(2025, 1, 1),
        known_to=date(2025, 10, 3),
    )
    start = datetime(2025, 9, 30, 16, tzinfo=ZONE)
    end = due(start, "work_hour", 20, calendar)
    told = counted_days(start, end, "work_hour", calendar)
    assert [(one.day.day, one.kind, one.minutes, one.name, one.known) for one in told] == [
        (30, "work", 120, "", True),
        (1, "holiday", 0, "国庆节", True),
        (2, "short", 240, "", True),
        (3, "work", 480, "", True),
        (4, "make_up", 360, "调休", False),
    ]
    assert sum(one.minutes for one in told) == 20 * 60
    assert day_kind(date(2025, 10, 5), calendar) == "weekend"
    running = counted_days(start, end, "natural_day", calendar)
    assert sum(one.minutes for one in running) == (end - start).total_seconds() / 60


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2025-09-30T07:00", "2025-09-30T08:00"),
        ("2025-09-30T09:30", "2025-09-30T09:30"),
        ("2025-09-30T12:00", "2025-09-30T14:00"),
        ("2025-09-30T18:00", "2025-10-09T08:00"),
    ],
)
def test_when_work_begins(moment: str, begins: str) -> None:
    asked, expected = (datetime.fromisoformat(one).replace(tzinfo=ZONE) for one in (moment, begins))
    assert next_work(asked, national_calendar()) == expected
