"""How places look in the OpenAPI document: where a point belongs, lists of areas, the card of one."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas import Level, Method, Named, Scope


class LocateOut(BaseModel):
    """Where a point belongs; `lon`, `lat` in WGS-84. `in_service_area`: a report from here is taken."""

    lon: float
    lat: float
    in_service_area: bool
    grid: Scope | None
    scope: Scope | None
    method: Method
    border_distance_m: float | None
    confirm: bool


class AreaBelow(BaseModel):
    """An area in a list."""

    code: str
    level: Level
    name: str
    kind: str | None
    children: int
    open_events: int | None = Field(description="null unless all events of the area may be seen")
    bbox: list[float]


class Posts(BaseModel):
    """Who holds the posts of an area: posts, never persons."""

    grid_lead: str | None
    grid_worker: str | None
    substitute: str | None


class People(BaseModel):
    """Counts of people; null where no building tells, or where the card says that they are suppressed.

    `buildings_counted` of `buildings` were counted.
    """

    buildings: int
    buildings_counted: int
    households: int | None
    registered: int | None
    actual: int | None
    floating: int | None
    age_0_14: int | None
    age_15_59: int | None
    age_60_79: int | None
    age_80: int | None


class PartyOrgOut(Named):
    """A party organisation looking after an area."""

    kind: str


class AreaCard(BaseModel):
    """The card of an area."""

    code: str
    level: Level
    name: str
    kind: str | None
    valid_from: str
    parents: list[Scope]
    children: int
    grids: int
    posts: Posts
    party_orgs: list[PartyOrgOut]
    people: People
    people_suppressed: bool
    stations: int
    events: int | None = Field(description="null unless all events of the area may be seen")
    open_events: int | None
    bbox: list[float]
    as_of: AwareDatetime
