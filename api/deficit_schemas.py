"""How deficits, housing needs, equity and accessibility look in the OpenAPI document."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel

from api.coverage_schemas import NoteOut, QueryOut, ShareOut


class StandardOut(BaseModel):
    """Which standard judged; `verified` is false where a value of it was written down from memory."""

    id: str
    version: str
    city: str
    label_zh: str
    label_en: str
    verified: bool
    covered_share: float
    m2_per_100_households: float | None


class NeedOut(BaseModel):
    """One type against the standard.

    Null where the standard asks for no number or area, where the area is shared by several communities, where it is
    suppressed, and, with `unknown`, where nobody was ever counted. `residents` are those within the walked radius, of all.
    """

    type: str
    label_zh: str
    label_en: str
    tier_min: int | None
    required: int | None
    present: int | None
    coming: int | None
    missing: int | None
    missing_by_number: int | None
    missing_by_reach: int | None
    residents: ShareOut
    area_required_m2: float | None
    area_present_m2: float | None
    area_missing_m2: float | None
    area_unknown: int | None
    confidence: str
    suppressed: bool
    unknown: bool


class DeficitOut(NeedOut):
    """One type in one community."""

    community: str
    name: str


class RankedOut(BaseModel):
    """A community by what it is missing, with the people it is missing for; null where nobody was ever counted."""

    community: str
    name: str
    missing: int | None
    area_missing_m2: float | None
    residents: int | None
    households: int | None


class DeficitsOut(BaseModel):
    """Rows by community, the whole area's totals, the communities told in the order of what they miss."""

    standards: StandardOut
    area: str | None
    as_of: AwareDatetime
    rule_version: str
    network_version: str
    suppressed: bool
    notes: list[NoteOut]
    rows: list[DeficitOut]
    totals: list[NeedOut]
    ranked: list[RankedOut]


class HousingNeedOut(BaseModel):
    """What a project needs of one type; `required` 0 means a `share` of a facility shared with neighbours."""

    type: str
    label_zh: str
    label_en: str
    tier_min: int | None
    required: int | None
    share: float | None
    area_min_m2: float | None
    area_max_m2: float | None
    confidence: str


class HousingOut(BaseModel):
    """What a housing project needs by a standard, judged by itself."""

    standards: StandardOut
    households: int
    residents: int | None
    needs: list[HousingNeedOut]


class PartOut(BaseModel):
    """A share of a part of all residents, such as their tenth; null where it is not told."""

    covered: float | None
    total: float | None
    rate: float | None


class CommunityReachOut(BaseModel):
    """A community: its residents, the share of them covered, their mean walk (3,000 m where there is no way)."""

    code: str
    name: str
    residents: int | None
    share: ShareOut
    mean_distance_m: float | None
    suppressed: bool


class MinimumOut(BaseModel):
    """The community with the smallest share covered."""

    code: str
    name: str
    share: ShareOut


class DistanceOut(BaseModel):
    """Inequality of the metres walked to the nearest station, between residents.

    `capped` are the residents without one within 3,000 m, of all: they count with 3,000 m.
    """

    mean_m: float | None
    gini: float | None
    palma: float | None
    theil: float | None
    worst_tenth_m: float | None
    capped: ShareOut


class EquityOut(BaseModel):
    """Inequality of the share covered, between communities by their residents; of the distance beside it."""

    query: QueryOut
    as_of: AwareDatetime
    rule_version: str
    network_version: str
    suppressed: bool
    level: str
    communities: list[CommunityReachOut]
    gini: float | None
    palma: float | None
    theil: float | None
    worst_tenth: PartOut
    minimum: MinimumOut | None
    distance: DistanceOut


class CommunityScoreOut(BaseModel):
    """A community's mean score: places per resident; null where it is not told or nobody lives."""

    code: str
    name: str
    score: float | None
    residents: int | None
    suppressed: bool


class StationRatioOut(BaseModel):
    """A station's capacity over all people within the limit of it."""

    code: str
    name: str
    type: str
    capacity: int | None
    ratio: float | None


class AccessibilityOut(BaseModel):
    """Two-step floating catchment; `capacity_known` of `capacity_total` stations in the area take part."""

    method: str
    query: QueryOut
    as_of: AwareDatetime
    rule_version: str
    network_version: str
    suppressed: bool
    capacity_known: int
    capacity_total: int
    communities: list[CommunityScoreOut]
    stations: list[StationRatioOut]
