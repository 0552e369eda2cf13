"""Which facilities are missing where, by a standard: arrays in, arrays out.

How a requirement falls on a community (`docs/decisions/0021-standards.md`):

- **By number**: `ceil(residents / residents_max)`, or `ceil(households / households_max)` where that is more; at least
  one where anybody lives. `present` are the existing stations of exactly this type (tiers add up: one of an upper tier
  does not count) that stand there or are the nearest or second nearest within the radius of somebody who lives there.
- **By reach**: where a smaller share of the residents than the standard's `covered_share` is within the walked radius,
  the residents beyond need `ceil(beyond / residents_max)` more.
- `missing` is the larger of both: one new facility may serve both needs. It is a lower bound; where they should stand,
  siting says.
- **By floor area**: households × the least area a household the standard allows, against the floor area of the
  stations that stand in the community. A facility of an upper tier is shared by many communities: its area is judged
  for the whole area asked about, never for one community.

Everything is sums over buildings by community (`numpy.bincount`); there is no loop over buildings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.coverage.standards import COMMUNITY_ROOMS, Standard, TypeStandard, weakest
from gis.walking.model import Bools, Int32s, Int64s

Floats = npt.NDArray[np.float64]
COMMUNITY_TIER = 5
"""The tier a community is as large as; facilities of those above are shared by several."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Per building (b): the number of its area (0 … areas − 1, −1 for none), residents and households."""

    area: Int64s
    areas: int
    residents: Int64s
    households: Int64s

    def sums(self, count: npt.NDArray[np.generic]) -> Int64s:
        """A count of buildings summed by area."""
        mine = self.area >= 0
        return np.bincount(
            self.area[mine], weights=np.asarray(count, np.float64)[mine], minlength=self.areas
        ).astype(np.int64)

    def as_one(self) -> Homes:
        """The same buildings as one area."""
        return Homes(np.zeros_like(self.area), 1, self.residents, self.households)


@dataclass(frozen=True, slots=True)
class Within:
    """Per building (b): the nearest and second nearest station of one type within its radius, −1 for none."""

    station: Int32s
    second: Int32s

    @property
    def covered(self) -> Bools:
        """Which buildings have one."""
        return self.station >= 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Stations of one type (s), numbered as in `Within`: the area each stands in (−1 for none), its floor area (NaN).

    `coming` is how many under construction or planned stand in each area.
    """

    area: Int64s
    floor_area_m2: Floats
    coming: Int64s

    def by_area(self, areas: int) -> tuple[Int64s, Floats, Int64s]:
        """How many stand in each area, their floor area, and how many of them do not tell it."""
        mine = self.area >= 0
        at, size = self.area[mine], self.floor_area_m2[mine]
        unknown = np.isnan(size)
        known = np.where(unknown, 0.0, size)
        area: Floats = np.bincount(at, weights=known, minlength=areas).astype(np.float64)
        number: Int64s = np.bincount(at, minlength=areas).astype(np.int64)
        return number, area, np.bincount(at[unknown], minlength=areas).astype(np.int64)

    def as_one(self) -> Standing:
        """The same stations in one area; those outside every area stay outside."""
        inside = np.where(self.area >= 0, 0, -1)
        return Standing(inside, self.floor_area_m2, self.coming.sum(keepdims=True))


@dataclass(frozen=True, slots=True)
class Judged:
    """One type in every area (a): numbers of facilities, residents within its radius, floor area.

    `required` and both parts of `missing` are −1 where the standard asks for no number; areas are NaN where it asks
    for none, or not of a single community.
    """

    residents: Int64s
    covered: Int64s
    required: Int64s
    present: Int64s
    coming: Int64s
    missing_by_number: Int64s
    missing_by_reach: Int64s
    area_required_m2: Floats
    area_present_m2: Floats
    area_unknown: Int64s

    @property
    def missing(self) -> Int64s:
        """How many facilities are missing at least, −1 where no number is asked for."""
        return np.maximum(self.missing_by_number, self.missing_by_reach)

    @property
    def area_missing_m2(self) -> Floats:
        """How much floor area is missing, NaN where none is asked for."""
        return np.maximum(self.area_required_m2 - self.area_present_m2, 0.0)


def judge(
    row: TypeStandard, homes: Homes, within: Within, standing: Standing, covered_share: float, *, whole: bool
) -> Judged:
    """One type against its standard in every area; `whole` judges the floor area of upper tiers as well."""
    residents, households = homes.sums(homes.residents), homes.sums(homes.households)
    covered = homes.sums(homes.residents * within.covered)
    there, area_present, unknown = standing.by_area(homes.areas)
    present = there if row.per == "community" else _reaching(homes, within, standing)
    required = required_number(row, residents, households)
    short = np.maximum(required - present, 0)
    beyond = residents - covered
    served = row.residents_max or math.inf
    needed = np.where(beyond > 0, np.maximum(np.ceil(beyond / served), 1.0), 0.0).astype(np.int64)
    by_reach = np.where(covered < covered_share * residents, needed, 0)
    counted = row.per != "none"
    nothing = np.full(homes.areas, -1, np.int64)
    return Judged(
        residents=residents,
        covered=covered,
        required=required if counted else nothing,
        present=present,
        coming=standing.coming,
        missing_by_number=short if counted else nothing,
        missing_by_reach=by_reach if counted else nothing,
        area_required_m2=required_area(row, residents, households, whole=whole),
        area_present_m2=area_present,
        area_unknown=unknown,
    )


def _reaching(homes: Homes, within: Within, standing: Standing) -> Int64s:
    """How many stations stand in each area, or are within the radius of a resident of it as one of his two nearest."""
    # One flag for each area and station, not a sort of two pairs a building: a type has some hundred stations.
    stations = max(len(standing.area), 1)
    near = np.zeros(homes.areas * stations, np.bool_)
    lived = (homes.area >= 0) & (homes.residents > 0)
    for station in (within.station, within.second):
        rows = np.flatnonzero(lived & (station >= 0))
        near[homes.area[rows] * stations + station[rows]] = True
    own = np.flatnonzero(standing.area >= 0)
    near[standing.area[own] * stations + own] = True
    counts: Int64s = near.reshape(homes.areas, stations).sum(axis=1, dtype=np.int64)
    return counts


def required_number(row: TypeStandard, residents: Int64s, households: Int64s) -> Int64s:
    """How many facilities of a type so many people need; one in every inhabited area where `per` is community."""
    lived = (residents > 0) | (households > 0)
    if row.per != "residents":
        return lived.astype(np.int64)
    by_people = np.ceil(residents / (row.residents_max or math.inf))
    by_homes = np.ceil(households / (row.households_max or math.inf))
    return np.where(lived, np.maximum(np.maximum(by_people, by_homes), 1.0), 0.0).astype(np.int64)


def required_area(row: TypeStandard, residents: Int64s, households: Int64s, *, whole: bool) -> Floats:
    """The least floor area in m² of a type: by household, or of the one facility each community has."""
    nothing = np.full(len(residents), np.nan)
    if row.per == "community" and row.floor_area_m2_min is not None:
        lived = (residents > 0) | (households > 0)
        once: Floats = np.where(lived, row.floor_area_m2_min, 0.0)
        return once
    shared = row.tier_min is None or row.tier_min > COMMUNITY_TIER
    rate = row.m2_per_household
    if row.per != "residents" or rate is None or (shared and not whole):
        return nothing
    area: Floats = households.astype(np.float64) * rate
    return area


def rooms(standard: Standard, homes: Homes, standing: Standing) -> tuple[Floats, Floats, Int64s]:
    """The community rooms of all types that count: m² required, present, stations without a known area; by area."""
    _, present, unknown = standing.by_area(homes.areas)
    rate = standard.m2_per_100_households
    households = homes.sums(homes.households)
    required = np.full(homes.areas, np.nan) if rate is None else households * rate / 100
    return required, present, unknown


@dataclass(frozen=True, slots=True)
class HousingNeed:
    """What a housing project needs of one type: facilities of its own, its share of one, floor area from and to.

    `required` is 0 for a project smaller than the smallest facility serves: it contributes its `share` of the floor
    area to a facility shared with its neighbours. Areas are None where the standard tells none.
    """

    type: str
    tier_min: int | None
    required: int | None
    share: float | None
    area_min_m2: float | None
    area_max_m2: float | None
    confidence: str


def housing(standard: Standard, households: int, residents: int | None = None) -> list[HousingNeed]:
    """What so many new households need, type by type, the community rooms last; not what every community has once.

    Without `residents` the households alone decide; with them, whichever asks for more. A project is judged by itself:
    what already stands beside it may serve it, and is not counted here.
    """
    needs = [
        _need(row, households, residents)
        for row in standard.judged
        if row.per == "residents" and (row.households_max or residents is not None)
    ]
    if standard.m2_per_100_households is not None:
        area = households * standard.m2_per_100_households / 100
        sure = standard.area_confidence or standard.confidence
        needs.append(HousingNeed(COMMUNITY_ROOMS, None, None, None, area, None, sure))
    return needs


def _need(row: TypeStandard, households: int, residents: int | None) -> HousingNeed:
    shares = [
        count / most
        for count, most in ((households, row.households_max), (residents, row.residents_max))
        if count is not None and most
    ]
    least = [
        count / fewest
        for count, fewest in ((households, row.households_min), (residents, row.residents_min))
        if count is not None and fewest
    ]
    share = max(shares, default=1.0)
    own = 0 if least and max(least) < 1 else max(math.ceil(share), 1)
    area_min, area_max = row.floor_area_m2_min, row.floor_area_m2_max
    if own:
        sizes = (area_min and own * area_min, area_max and own * area_max)
    else:
        rate = row.m2_per_household
        sizes = (None if rate is None else households * rate, None)
    sure = [row.confidence, row.population_confidence, row.area_confidence]
    told = weakest(value for value in sure if value is not None)
    return HousingNeed(row.type, row.tier_min, own, share, sizes[0], sizes[1], told)
