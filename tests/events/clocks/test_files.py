"""A city's list of days from a CSV, read whole or not at all, and what a calendar becomes with it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from gis.base.errors import Conflict, Invalid, InvalidFile
from gis.events.clocks.calendars import import_days, read_calendar
from gis.events.clocks.files import read_days

GOOD = "day,works,sessions,name\n2027-02-05,off,,春节\n2027-02-13,work,,春节调休\n2027-02-04,班,08:00-12:00,除夕前\n"


def test_days_are_read_in_order() -> None:
    days = read_days(GOOD.encode("utf-8-sig"), "通知")
    assert [(one.day.isoformat(), one.works, one.sessions, one.name) for one in days] == [
        ("2027-02-04", True, ((480, 720),), "除夕前"),
        ("2027-02-05", False, None, "春节"),
        ("2027-02-13", True, None, "春节调休"),
    ]
    assert read_days(GOOD.encode("gb18030"), "通知") == days


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["missing_column"]),
        ("day,works\n", ["empty_file"]),
        ("day,works\n2027-02-05,maybe\n05.02.2027,off\n", ["bad_value", "bad_date"]),
        ("day,works\n2027-02-05,off\n2027-02-05,off\n", ["twice"]),
        ("day,works,sessions\n2027-02-05,work,8-12\n", ["bad_sessions"]),
        ("day,works,sessions\n2027-02-05,off,08:00-12:00\n", ["bad_day"]),
    ],
    ids=["nothing", "no_rows", "two_rows", "twice", "sessions", "off"],
)
def test_every_problem_is_told(text: str, codes: list[str]) -> None:
    with pytest.raises(InvalidFile) as told:
        read_days(text.encode(), "x")
    assert [one.code for one in told.value.problems] == codes


@pytest.mark.db
def test_a_list_makes_the_next_version(district: Engine) -> None:
    days = read_days(GOOD.encode(), "通知 1 号")
    until = date(2027, 12, 31)
    made = import_days(
        district, days, code="town", city="2301", name="示例市", source="通知 1 号", known_to=until
    )
    assert (made.version, made.city, made.calendar.known_to) == (1, "2301", date(2027, 12, 31))
    assert made.calendar.sessions_on(date(2027, 2, 5)) == ()
    assert made.calendar.sessions_on(date(2027, 2, 4)) == ((480, 720),)
    assert made.calendar.sessions_on(date(2026, 10, 1)) == ()  # the country's stay
    assert made.limits == read_calendar(district, "cn").limits
    again = import_days(
        district, read_days(b"day,works\n2027-02-05,work\n", "2"), code="town", city="2301", source="2"
    )
    assert (again.version, again.calendar.sessions_on(date(2027, 2, 5))) == (2, ((480, 720), (840, 1080)))
    assert again.calendar.sessions_on(date(2027, 2, 4)) == ((480, 720),)
    with pytest.raises(Conflict, match="calendar_city"):
        import_days(district, days, code="second", city="2301", name="乙", source="x")
    with pytest.raises(Invalid, match="bad_calendar"):
        import_days(district, days, code="third", city="99", name="", source="x")
