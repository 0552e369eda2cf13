"""Holidays and make-up days (调休) of the country, from the library `chinese_calendar`."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Final

from gis.base.worktime_calendar import Calendar, Day, Schedule

LIBRARY: Final = "chinesecalendar"
CHINESE: Final = {
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节", "National Day": "国庆节", "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}  # fmt: skip


def library_source() -> str:
    """The library and its version, as rows name their source."""
    return f"{LIBRARY} {version(LIBRARY)}"


@cache
def national_days() -> tuple[Day, ...]:
    """Every holiday and make-up day the library knows, in order, with its Chinese name."""
    from chinese_calendar import constants

    source = library_source()
    off = [Day(day, False, None, CHINESE.get(name, name), source) for day, name in constants.holidays.items()]
    on = [
        Day(day, True, None, f"{CHINESE.get(name, name)}调休", source)
        for day, name in constants.workdays.items()
    ]
    return tuple(sorted(off + on, key=lambda one: one.day))


def national_years() -> tuple[date, date]:
    """First and last day of the years the library knows."""
    days = [one.day for one in national_days()]
    return date(days[0].year, 1, 1), date(days[-1].year, 12, 31)


@cache
def national_calendar() -> Calendar:
    """Monday to Friday, 08:00-12:00 and 14:00-18:00, with the country's holidays and make-up days."""
    first, last = national_years()
    return Calendar(
        schedules=(Schedule(((480, 720), (840, 1080))),),
        days=national_days(),
        known_from=first,
        known_to=last,
    )
