"""Calendars of working time: the week, the sessions of a day by season, and the days that are otherwise.

All of it is in the one time of the country, eight hours before UTC, where no clock has been turned since 1991.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gis.base.errors import Invalid

if TYPE_CHECKING:
    from gis.base.worktime_index import WorkIndex

ZONE: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2059, 12, 31)
"""What a calendar is made out for; outside nothing is computed."""
MINUTES_A_DAY: Final = 1440
MOST_SESSIONS: Final = 6
WEEK: Final = (True, True, True, True, True, False, False)

Sessions = tuple[tuple[int, int], ...]
"""Working time of a day: (from, to) in minutes after midnight, ascending, apart from each other."""
DEFAULT_SESSIONS: Final[Sessions] = ((480, 720), (840, 1080))
"""08:00-12:00 and 14:00-18:00: eight hours."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The sessions of the days from `valid_from` to `valid_to`, both included; None: from ever, for ever."""

    sessions: Sessions
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is not as its weekday says: off, a make-up day (调休), or one with sessions of its own."""

    day: date
    works: bool
    sessions: Sessions | None = None
    name: str = ""
    source: str = ""


@dataclass(frozen=True)
class Calendar:
    """When a city works.

    `week` tells for Monday to Sunday whether it is a working day. Of the schedules that hold on a day the one that
    began last counts; one of them holds always. `days` come before week and schedule. From `known_from` to
    `known_to` holidays are known; outside only week and given days count, and what is computed is provisional.
    """

    week: tuple[bool, ...] = WEEK
    schedules: tuple[Schedule, ...] = (Schedule(DEFAULT_SESSIONS),)
    days: tuple[Day, ...] = field(default=(), repr=False)
    known_from: date | None = None
    known_to: date | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be counted with."""
        if len(self.week) != len(WEEK) or not any(self.week):
            raise _bad("bad_week", "一周须有工作日", "a week needs a working day", "week")
        _check_schedules(self.schedules)
        for one in self.days:
            if one.sessions is not None:
                check_sessions(one.sessions)
                if not one.works:
                    raise _bad(
                        "bad_day",
                        f"休息日不能有工作时段：{one.day}",
                        f"a day off has no sessions: {one.day}",
                        "days",
                    )
        _check_once((one.day for one in self.days), "days")

    @cached_property
    def index(self) -> WorkIndex:
        """The calendar made out day by day, ready to be searched; made once."""
        from gis.base.worktime_index import WorkIndex

        return WorkIndex(self)

    @cached_property
    def special(self) -> dict[date, Day]:
        """The days that are not as their weekday says."""
        return {one.day: one for one in self.days}

    def schedule_on(self, day: date) -> Schedule:
        """The schedule that counts on a day."""
        held = [
            one
            for one in self.schedules
            if (one.valid_from is None or one.valid_from <= day)
            and (one.valid_to is None or day <= one.valid_to)
        ]
        return max(held, key=lambda one: one.valid_from or date.min)

    def sessions_on(self, day: date) -> Sessions:
        """The working time of a day; empty for a day off."""
        own = self.special.get(day)
        if own is not None:
            return () if not own.works else own.sessions or self.schedule_on(day).sessions
        return self.schedule_on(day).sessions if self.week[day.weekday()] else ()

    def is_known(self, day: date) -> bool:
        """Whether the holidays around this day are known."""
        return (
            self.known_from is not None
            and self.known_to is not None
            and self.known_from <= day <= self.known_to
        )


def check_sessions(sessions: Sessions) -> None:
    """Raise Invalid unless these are ascending, apart, within one day, and not too many."""
    times = [minute for session in sessions for minute in session]
    if not 1 <= len(sessions) <= MOST_SESSIONS or not all(0 <= one <= MINUTES_A_DAY for one in times):
        raise _bad(
            "bad_sessions",
            f"每个工作日须有 1 到 {MOST_SESSIONS} 个时段，均在 00:00 到 24:00 之间",
            f"a working day has 1 to {MOST_SESSIONS} sessions between 00:00 and 24:00",
            "sessions",
        )
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise _bad(
            "bad_sessions",
            "时段须先后排列、互不相接",
            "sessions follow one another with a break between",
            "sessions",
        )


def _check_schedules(schedules: tuple[Schedule, ...]) -> None:
    if not any(one.valid_from is None and one.valid_to is None for one in schedules):
        raise _bad("no_schedule", "须有一个长期有效的作息", "one schedule has to hold always", "schedules")
    for one in schedules:
        check_sessions(one.sessions)
        if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
            raise _bad("bad_schedule", "止日早于起日", "it ends before it begins", "schedules")
    _check_once((one.valid_from for one in schedules), "schedules")


def _check_once(days: Iterable[date | None], field_name: str) -> None:
    seen: set[date | None] = set()
    for day in days:
        if day in seen:
            raise _bad("twice", f"重复：{day}", f"given twice: {day}", field_name)
        seen.add(day)


def _bad(code: str, zh: str, en: str, name: str) -> Invalid:
    return Invalid(code, zh, en, field=name)


def local_day(moment: datetime) -> date:
    """The calendar day of an instant."""
    return moment.astimezone(ZONE).date()


def read_sessions(text: str) -> Sessions:
    """`08:00-12:00 14:00-18:00` (`，`, `,`, `;` or spaces between) as sessions; Invalid `bad_sessions` for others."""
    parts = [part for part in text.replace("，", " ").replace(",", " ").replace(";", " ").split() if part]
    try:
        found = tuple(_session(part) for part in parts)
    except ValueError as error:
        raise _bad(
            "bad_sessions",
            f"时段应写作 08:00-12:00：{text}",
            f"sessions look like 08:00-12:00: {text}",
            "sessions",
        ) from error
    check_sessions(found)
    return found


def _session(text: str) -> tuple[int, int]:
    begin, end = text.replace("–", "-").replace("：", ":").split("-")
    return _minute(begin), _minute(end)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    if not (len(minutes) == 2 and text.replace(":", "").isdecimal() and int(minutes) < 60):
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


def write_sessions(sessions: Sessions) -> str:
    """Sessions as people write them, as `read_sessions` reads them."""
    return " ".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in sessions)
