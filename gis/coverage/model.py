"""What the coverage room answers with: a question, shares with numerator and denominator, a building's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from gis.base.errors import Invalid
from gis.register.opening import WeekTime, week_time
from gis.walking.cost import limit_cost
from gis.walking.model import METRES, Profile
from gis.walking.profiles import profile as profile_named

MINUTES = (5, 10, 15)
METRES_OFFERED = (300, 500, 1000)
LONGEST_MINUTES, LONGEST_METRES = 40, 3000
MOST_TYPES = 27
NOTED = 100

AGE_SHARES = {
    "age_0_14": ("age_0_14",),
    "age_15_59": ("age_15_59",),
    "age_60_79": ("age_60_79",),
    "age_80": ("age_80",),
    "age_60_plus": ("age_60_79", "age_80"),
}
PEOPLE = {"households": ("households",), "residents": ("actual",), **AGE_SHARES}
"""What is counted, and the columns of a building that are summed for it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Station types (sorted), a cost, its limit in the cost's integer unit, and the area asked about.

    `at` asks for a time of the week, when only open stations and gates count; without it all that ever open do.
    `capacity` asks that no station serves more residents than it holds.
    """

    types: tuple[str, ...]
    profile: Profile
    limit: int
    area: str | None = None
    at: WeekTime | None = None
    capacity: bool = False

    @property
    def minutes(self) -> float | None:
        """The limit in minutes, None for a limit in metres."""
        return None if self.profile.is_metres else self.limit / 60_000_000

    @property
    def metres(self) -> float | None:
        """The limit in metres, None for a limit in minutes."""
        return self.limit / 1_000_000 if self.profile.is_metres else None


def ask(
    types: list[str] | tuple[str, ...],
    *,
    minutes: float | None = None,
    metres: float | None = None,
    profile: str = "standard",
    area: str | None = None,
    at: str | None = None,
    capacity: bool = False,
) -> Question:
    """A checked question: exactly one of `minutes` and `metres`; `profile` matters for minutes only.

    Raises `Invalid` (`limit_unit`, `limit_out_of_range`, `station_types`, `unknown_profile`, `week_time`).
    """
    refuse_two_limits(minutes, metres)
    wanted = tuple(sorted({name.strip() for name in types if name.strip()}))
    if not 1 <= len(wanted) <= MOST_TYPES:
        raise Invalid(
            "station_types", "请选择至少一种站点类型", "choose at least one type of station", field="types"
        )
    walker, limit = walking_limit(minutes, metres, profile)
    when = None if at is None else week_time(at)
    return Question(wanted, walker, limit, area, when, capacity)


def refuse_two_limits(minutes: float | None, metres: float | None) -> None:
    """Raises `Invalid` (`limit_unit`) for both or neither."""
    if (minutes is None) == (metres is None):
        raise Invalid(
            "limit_unit",
            "请在分钟与米数中选择一个",
            "give either minutes or metres, not both",
            field="minutes",
        )


def walking_limit(minutes: float | None, metres: float | None, profile: str) -> tuple[Profile, int]:
    """Who walks, and the limit in its integer unit (µm or µs); exactly one of `minutes` and `metres` is given.

    Raises `Invalid` (`limit_unit`, `limit_out_of_range`, `unknown_profile`).
    """
    refuse_two_limits(minutes, metres)
    walker = METRES if metres is not None else profile_named(profile)
    value = metres if metres is not None else minutes
    if walker.is_metres != (metres is not None) or value is None or not 0 < value <= longest(walker):
        raise out_of_range(walker)
    return walker, limit_cost(walker, minutes=minutes, metres=metres)


def longest(walker: Profile) -> int:
    """The longest walk that may be asked about, in metres or in minutes."""
    return LONGEST_METRES if walker.is_metres else LONGEST_MINUTES


def out_of_range(walker: Profile) -> Invalid:
    """The refusal of a limit that is not above 0 or too long, with both bounds."""
    most = longest(walker)
    zh, en = ("米", "metres") if walker.is_metres else ("分钟", "minutes")
    return Invalid(
        "limit_out_of_range",
        f"步行限值必须大于 0 且不超过 {most} {zh}",
        f"the walking limit must be above 0 and at most {most} {en}",
        field="metres" if walker.is_metres else "minutes",
    )


@dataclass(frozen=True, slots=True)
class Share:
    """Covered of total, None where it is not for the asker; the rate of an empty denominator is null, not 0."""

    covered: int | None
    total: int | None

    @property
    def rate(self) -> float | None:
        """Covered by total, None when the total is 0 or either is not told."""
        return self.covered / self.total if self.total and self.covered is not None else None


@dataclass(frozen=True, slots=True)
class AreaShares:
    """The shares of one area, by what is counted; `suppressed` where its people are not for the asker."""

    code: str
    name: str
    level: str
    shares: dict[str, Share]
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the data that the reader must know: a stable code, what it says, and what it is about.

    `stations` and `gates` are codes, at most NOTED of each; `count` is how many there are in all. `of_people` is
    for those alone who may read the people of the whole area.
    """

    code: str
    zh: str
    en: str
    count: int
    stations: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    of_people: bool = False


@dataclass(frozen=True, slots=True)
class CoverageAnswer:
    """Numbers by area, how many stations count, why the rest is uncovered, and which versions said so.

    `areas` is keyed by level (grid, community, subdistrict). `stations` counts by status; only `existing`
    ones cover, and of them `open` at the time asked about. `reasons` are (reason, buildings, residents) of
    uncovered buildings. `overlap` is who has a second distinct station within the walk, whoever has room;
    `straight` who lies within the straight-line radius, for comparison only; `borderline` who is close to the
    limit, covered or not (buildings, residents). `suppressed` says that all these sums are not for the asker.
    """

    question: Question
    totals: dict[str, Share]
    areas: dict[str, list[AreaShares]]
    overlap: dict[str, Share]
    straight: dict[str, Share]
    borderline: dict[str, int | None]
    stations: dict[str, int]
    reasons: Sequence[tuple[str, int, int | None]]
    notes: list[Note]
    as_of: datetime
    network_version: str
    rule_version: str
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class StationDistance:
    """One station as seen from a building; `distance_m` is the length of the walk, `time_s` None for metres."""

    code: str
    name: str
    type: str
    distance_m: float
    time_s: float | None


@dataclass(frozen=True, slots=True)
class BuildingAnswer:
    """Everything about one building: people, verdict, two nearest stations, the walked path (lon, lat).

    `detail` says why an unlinked building has no link, or `island`; `served_by` is the code of the station that
    covers it. `suppressed` says that its people and its address are not for the asker.
    """

    code: str
    covered: bool
    borderline: bool
    reason: str | None
    nearest: StationDistance | None
    second: StationDistance | None
    path: npt.NDArray[np.float64] | None
    residents: int | None
    households: int | None
    name: str | None = None
    address: str | None = None
    suppressed: bool = False
    detail: str | None = None
    served_by: str | None = None
