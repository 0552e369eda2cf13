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
    at: str | None
    capacity: bool


class ReasonOut(BaseModel):
    """How many homes and residents are uncovered for one reason."""

    reason: str
    buildings: int
    residents: int


class StationCounts(BaseModel):
    """Stations by status; only existing ones cover."""

    existing: int
    under_construction: int
    planned: int
    closed: int


class AskedStations(StationCounts):
    """Stations of the types asked for; `open` of the existing ones are open at the time asked about."""

    open: int


class NoteOut(BaseModel):
    """Something the reader must know of the data: how many stations and gates it is about, and the first codes."""

    code: str
    zh: str
    en: str
    count: int
    stations: list[str]
    gates: list[str]


class BorderlineOut(BaseModel):
    """Homes and residents so close to the limit, covered or not, that a few metres decide."""

    buildings: int | None
    residents: int | None


class CoverageNumbers(BaseModel):
    """Covered and total by area, as of a time, made with these versions.

    `overlap` is covered by two or more; `straight` within the straight-line radius, for comparison only.
    `suppressed` is about the totals, overlap, straight, borderline and the reasons, which are then empty.
    """

    query: QueryOut
    at: str | None
    as_of: AwareDatetime
    rule_version: str
    network_version: str
    suppressed: bool
    totals: SharesOut
    overlap: SharesOut
    straight: SharesOut
    straight_radius_m: float
    borderline: BorderlineOut
    uncovered_reasons: list[ReasonOut]
    subdistricts: list[AreaSharesOut]
    communities: list[AreaSharesOut]
    grids: list[AreaSharesOut]
    stations: AskedStations
    notes: list[NoteOut]


class StationOut(BaseModel):
    """A station as seen from a building; `time_s` is null for a limit in metres."""

    station: str
    name: str
    type: str
    distance_m: float
    time_s: float | None


class BuildingCoverage(BaseModel):
    """One building: verdict, reason, two nearest stations, walked path (GeoJSON LineString).

    `served_by` covers it: the nearest, or with capacity the one that has room.
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
    reason_detail: str | None
    served_by: str | None
    nearest: StationOut | None
    second: StationOut | None
    path: dict[str, Any] | None


class StationTypeOut(StationCounts):
    """A type of station; tier and radius are null where it has no circle of its own."""

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


class UncoveredItem(BaseModel):
    """One uncovered home; the shortfall is in the unit of the limit, null where no station is reached."""

    code: str
    name: str | None
    address: str | None
    residents: int | None
    nearest: StationOut | None
    shortfall_m: float | None
    shortfall_s: float | None
    reason: str
    reason_detail: str | None
    lon: float
    lat: float


class UncoveredOut(BaseModel):
    """A page of uncovered homes, worst first; `total` is null where sums over the area are not for the asker."""

    items: list[UncoveredItem]
    next: str | None
    total: int | None


class PresetOut(BaseModel):
    """A preset: types asked together."""

    id: str
    label_zh: str
    label_en: str
    about_zh: str
    about_en: str
    types: list[str]


class PresetQuery(BaseModel):
    """How a preset was asked."""

    unit: str
    profile: str | None
    area: str | None
    at: str | None


class NeedOut(BaseModel):
    """One type at its own tier or radius, its stations in the area (only existing ones cover), and who is covered."""

    type: str
    label_zh: str
    label_en: str
    tier_min: int | None
    radius_m: int | None
    stations: int
    stations_by_status: StationCounts
    totals: SharesOut


class TierOut(BaseModel):
    """Who has every need of a tier; `of_present` leaves out the `missing` types, of which no station exists."""

    tier_min: int
    complete: SharesOut
    of_present: SharesOut
    missing: list[str]


class CommunityTiersOut(BaseModel):
    """Residents of a community who have every need of a tier, by tier."""

    code: str
    name: str
    suppressed: bool
    complete: dict[str, ShareOut]


class PresetNumbers(BaseModel):
    """A preset on a place; `suppressed` is about the sums of needs and tiers."""

    query: PresetQuery
    preset: str
    as_of: AwareDatetime
    rule_version: str
    network_version: str
    suppressed: bool
    needs: list[NeedOut]
    tiers: list[TierOut]
    communities: list[CommunityTiersOut]
    notes: list[NoteOut]
