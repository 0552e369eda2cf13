"""Opening hours in the syntax of OpenStreetMap, asked for a time of the week."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import opening_hours

from gis.base.errors import Invalid

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ASKED = re.compile(r"(Mo|Tu|We|Th|Fr|Sa|Su)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_USUAL_WEEK = datetime(2026, 3, 2)  # noqa: DTZ001 - a Monday of a week without public holidays, wall clock
_LONGEST = 500


@dataclass(frozen=True, slots=True, order=True)
class WeekTime:
    """A minute of a usual week (no public holiday), local wall clock: `day` 0 is Monday, `minute` from midnight."""

    day: int
    minute: int

    def __str__(self) -> str:
        return f"{DAYS[self.day]}-{self.minute // 60:02d}:{self.minute % 60:02d}"

    @property
    def moment(self) -> datetime:
        """The same minute in a week without public holidays."""
        return _USUAL_WEEK + timedelta(days=self.day, minutes=self.minute)


def week_time(text: str) -> WeekTime:
    """`Tu-20:00` as a WeekTime; Invalid `week_time` for anything else."""
    found = _ASKED.fullmatch(text)
    if found is None:
        raise Invalid(
            "week_time",
            "时间应写作星期缩写与时刻，如 Tu-20:00（Mo Tu We Th Fr Sa Su）",
            "a time of the week is written like Tu-20:00 (Mo Tu We Th Fr Sa Su)",
            field="at",
        )
    day, hour, minute = found.groups()
    return WeekTime(DAYS.index(day), int(hour) * 60 + int(minute))


def check_hours(text: str, field: str = "hours") -> str:
    """`text` when it can be read as opening hours, else Invalid `opening_hours`."""
    if len(text) > _LONGEST or _read(text) is None:
        raise Invalid(
            "opening_hours",
            f"无法理解开放时间“{text[:80]}”，请写作如 Mo-Fr 08:30-17:30",
            f"opening hours {text[:80]!r} cannot be read; write them like Mo-Fr 08:30-17:30",
            field=field,
        )
    return text


@lru_cache(maxsize=4096)
def _read(text: str) -> opening_hours.OpeningHours | None:
    return opening_hours.OpeningHours(text) if opening_hours.validate(text) else None


@lru_cache(maxsize=65536)
def _is_open(text: str, at: WeekTime) -> bool:
    rule = _read(text)
    # what nobody can read holds nobody up: it is counted as open, and said in the answer's notes
    return True if rule is None else bool(rule.is_open(at.moment))


def unreadable(hours: Iterable[str | None]) -> npt.NDArray[np.bool_]:
    """Which of these (n,) say something that nobody can read: they are counted as open, and that is said."""
    texts = (text if isinstance(text, str) and text.strip() else None for text in hours)
    return np.array([text is not None and _read(text) is None for text in texts], dtype=np.bool_)


def open_at(hours: Iterable[str | None], at: WeekTime | None) -> npt.NDArray[np.bool_]:
    """Which of these are open then (n,); everything where no time is asked for or no hours are known."""
    texts = [text if isinstance(text, str) and text.strip() else None for text in hours]
    if at is None:
        return np.ones(len(texts), dtype=np.bool_)
    return np.array([text is None or _is_open(text, at) for text in texts], dtype=np.bool_)
