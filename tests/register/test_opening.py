"""Opening hours at a time of the week: the minute they begin and end, nights, and words nobody can read."""

from __future__ import annotations

import pytest

from gis.base.errors import Invalid
from gis.register.opening import WeekTime, check_hours, open_at, week_time

SHORT = "Mo-Fr 08:30-17:00; Sa 09:00-12:00"


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (SHORT, "Mo-08:29", False),
        (SHORT, "Mo-08:30", True),
        (SHORT, "Fr-16:59", True),
        (SHORT, "Fr-17:00", False),
        (SHORT, "Sa-10:00", True),
        (SHORT, "Su-10:00", False),
        ("Fr 22:00-02:00", "Sa-01:59", True),
        ("Fr 22:00-02:00", "Sa-02:00", False),
        ("24/7", "Su-03:00", True),
        ("Mo-Fr 08:00-18:00; PH off", "We-10:00", True),
        (None, "Su-03:00", True),
        ("when the light is on", "Su-03:00", True),
    ],
)
def test_open_at_the_minute(hours: str | None, at: str, expected: bool) -> None:
    assert bool(open_at([hours], week_time(at))[0]) is expected


def test_without_a_time_everything_is_open() -> None:
    assert open_at(["off", None], None).all()


def test_a_time_is_read_and_written_the_same_way() -> None:
    assert str(week_time("Tu-20:05")) == "Tu-20:05"
    assert week_time("Tu-20:05") == WeekTime(1, 1205)


@pytest.mark.parametrize("text", ["tu-20:00", "Tu 20:00", "Tu-24:00", "Tu-2:00", "", "Tu-20:60"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        week_time(text)
    assert caught.value.code == "week_time"


def test_hours_are_checked() -> None:
    assert check_hours(SHORT) == SHORT
    with pytest.raises(Invalid) as caught:
        check_hours("half past")
    assert caught.value.code == "opening_hours"
