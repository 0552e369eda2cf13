"""Time limits as standards write them: `2紧急工作时`, `4工作时`, `5工作日`, `15天`; and in English.

A limit is a kind and a number. How the kinds run is the business of the clocks: urgent hours run on through nights
and holidays, working hours only in working time, working days leave out weekends and holidays, natural days run on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from gis.base.errors import Invalid

URGENT_HOUR: Final = "urgent_hour"
WORK_HOUR: Final = "work_hour"
WORK_DAY: Final = "work_day"
NATURAL_DAY: Final = "natural_day"
KINDS: Final = (URGENT_HOUR, WORK_HOUR, WORK_DAY, NATURAL_DAY)
WORDS_ZH: Final = {URGENT_HOUR: "紧急工作时", WORK_HOUR: "工作时", WORK_DAY: "工作日", NATURAL_DAY: "天"}
WORDS_EN: Final = {
    URGENT_HOUR: ("urgent hour", "urgent hours"),
    WORK_HOUR: ("working hour", "working hours"),
    WORK_DAY: ("working day", "working days"),
    NATURAL_DAY: ("day", "days"),
}
LARGEST: Final = 3660
"""Ten years in days: more is a typing error."""
# What is written, and how many of the kind it is. An urgent working day runs on like an urgent hour does.
_UNITS: Final = {
    "紧急工作时": (URGENT_HOUR, 1), "紧急时": (URGENT_HOUR, 1), "紧急小时": (URGENT_HOUR, 1),
    "紧急工作小时": (URGENT_HOUR, 1), "小时": (URGENT_HOUR, 1), "自然时": (URGENT_HOUR, 1),
    "工作时": (WORK_HOUR, 1), "工作小时": (WORK_HOUR, 1),
    "工作日": (WORK_DAY, 1), "工作天": (WORK_DAY, 1), "个工作日": (WORK_DAY, 1), "个工作时": (WORK_HOUR, 1),
    "个工作小时": (WORK_HOUR, 1), "个小时": (URGENT_HOUR, 1), "个紧急工作时": (URGENT_HOUR, 1),
    "天": (NATURAL_DAY, 1), "日": (NATURAL_DAY, 1), "自然日": (NATURAL_DAY, 1), "个自然日": (NATURAL_DAY, 1),
    "紧急工作日": (NATURAL_DAY, 1), "周": (NATURAL_DAY, 7),
    "urgent hour": (URGENT_HOUR, 1), "urgent hours": (URGENT_HOUR, 1), "hour": (URGENT_HOUR, 1),
    "hours": (URGENT_HOUR, 1), "h": (URGENT_HOUR, 1),
    "working hour": (WORK_HOUR, 1), "working hours": (WORK_HOUR, 1), "work hour": (WORK_HOUR, 1),
    "work hours": (WORK_HOUR, 1),
    "working day": (WORK_DAY, 1), "working days": (WORK_DAY, 1), "work day": (WORK_DAY, 1), "work days": (WORK_DAY, 1),
    "day": (NATURAL_DAY, 1), "days": (NATURAL_DAY, 1), "natural day": (NATURAL_DAY, 1),
    "natural days": (NATURAL_DAY, 1),
    **{kind: (kind, 1) for kind in KINDS},
}  # fmt: skip
_WRITTEN = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,2})?)[ \t]*([^0-9.\s].*)", re.ASCII)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．　", "0123456789. ")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of one kind of time; `kind` is one of `KINDS`, `value` above 0."""

    kind: str
    value: float

    def zh(self) -> str:
        """As a Chinese standard writes it."""
        return f"{self.value:g}{WORDS_ZH[self.kind]}"

    def en(self) -> str:
        """In English."""
        one, more = WORDS_EN[self.kind]
        return f"{self.value:g} {one if self.value == 1 else more}"


def parse_limit(written: str, field: str = "limit") -> Limit:
    """The limit a text says; Invalid `bad_limit` for anything else, 0 and the unbelievably long included."""
    plain = written.translate(_FULL_WIDTH).strip()
    found = _WRITTEN.fullmatch(plain)
    unit = _UNITS.get(" ".join(found[2].lower().split())) if found else None
    if found is None or unit is None:
        raise _bad(written, field)
    return check_limit(unit[0], float(found[1]) * unit[1], field)


def check_limit(kind: str, value: float, field: str = "limit") -> Limit:
    """The limit of a kind and a number; Invalid `bad_limit`."""
    if kind not in KINDS or not math.isfinite(value) or not 0 < value <= LARGEST:
        raise _bad(f"{value:g} {kind}", field)
    return Limit(kind, value)


def _bad(written: str, field: str) -> Invalid:
    shown = written.strip()[:40]
    return Invalid(
        "bad_limit",
        f"时限应写作“2紧急工作时”“4工作时”“5工作日”“15天”：{shown}",
        f'a limit reads "2紧急工作时", "4工作时", "5 working days" or "15 days": {shown}',
        field=field,
    )
