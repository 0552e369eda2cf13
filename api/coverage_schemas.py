"""How coverage answers look in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel


class ShareOut(BaseModel):
    """Covered of total, null where it is suppressed; the rate is null also where the total is 0."""

    covered: int | None
    total: int | None
    rate: float | None


class SharesOut(BaseModel):
    """Shares by what is counted; buildings are those people live in."""

    buildings: ShareOut
    households: ShareOut
    residents: ShareOut
    age_0_14: ShareOut
    age_15_59: ShareOut
    age_60_79: ShareOut
    age_80: ShareOut
    age_60_plus: ShareOut


class AreaSharesOut(SharesOut):
    """The shares of one area; suppressed outside the areas whose people the asker may read."""

    code: str
    name: str
    suppressed: bool


class QueryOut(BaseModel):
    """The question as it was understood."""

    types: list[str]
    minutes: float | None
    metres: float | None
    profile: str | None
    area: str | None


class ReasonOut(BaseModel):
    """How many homes and residents are uncovered for one reason."""

    reason: str
    buildings: int
    residents: int


class StationCounts(BaseModel):
    """Stations of the types asked for; only existing ones cover."""

    existing: int
    under_construction: int
    planned: int


class CoverageNumbers(BaseModel):
    """Covered and total by area, as of a time, made with these versions.

    `suppressed` is about the totals and the reasons, which are then empty.
    """

    query: QueryOut
    as_of: AwareDatetime
    rule_version: str
    network_version: str
    suppressed: bool
    totals: SharesOut
    uncovered_reasons: list[ReasonOut]
    subdistricts: list[AreaSharesOut]
    communities: list[AreaSharesOut]
    grids: list[AreaSharesOut]
    stations: StationCounts


class StationOut(BaseModel):
    """A station as seen from a building; `time_s` is null for a limit in metres."""

    station: str
    name: str
    type: str
    distance_m: float
    time_s: float | None


class BuildingCoverage(BaseModel):
    """One building: verdict, reason, two nearest stations, walked path (GeoJSON LineString).

    `suppressed` is about its people and its address.
    """

    code: str
    name: str | None
    address: str | None
    residents: int | None
    households: int | None
    suppressed: bool
    covered: bool
    borderline: bool
    reason: str | None
    nearest: StationOut | None
    second: StationOut | None
    path: dict[str, Any] | None


class StationTypeOut(StationCounts):
    """A type of station; tier and radius are null where it has no circle of its own."""

    closed: int
    id: str
    label_zh: str
    label_en: str
    tier_min: int | None
    radius_m: int | None


class ProfileOut(BaseModel):
    """A way of walking."""

    id: str
    label_zh: str
    label_en: str
    speed_m_s: float


class CoverageOptions(BaseModel):
    """What can be asked."""

    station_types: list[StationTypeOut]
    profiles: list[ProfileOut]
    minutes: list[int]
    metres: list[int]
