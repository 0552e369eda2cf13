"""How campaigns look in the OpenAPI document, and what the bodies of their changes may hold."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.kpi_schemas import RateOut

STRICT = ConfigDict(extra="forbid", strict=True)
Kind = Literal["door_knocking", "check", "clean_up", "other"]
Result = Literal["met", "absent", "refused"]


class CampaignIn(BaseModel):
    """What is to be visited between two days; without `buildings` all inhabited ones of the area."""

    model_config = STRICT

    id: str = Field(description="UUID 第 7 版，由客户端生成 / made by the client")
    kind: Kind = "door_knocking"
    name: str = Field(min_length=1, max_length=80)
    area: str = Field(max_length=40)
    begins: str = Field(examples=["2026-11-01"], max_length=10)
    ends: str = Field(examples=["2026-11-30"], max_length=10)
    buildings: list[str] | None = Field(default=None, max_length=5000)


class VisitIn(BaseModel):
    """A knock on a door. The same again is answered alike; another visit under the id is refused."""

    model_config = STRICT

    id: str = Field(description="UUID 第 7 版，由客户端生成 / made by the client")
    building: str = Field(max_length=40)
    door: str = Field(
        description="单元与门号，不含姓名 / unit and number, no name", examples=["2-301"], max_length=12
    )
    result: Result
    visited_at: str = Field(description="RFC 3339，带时区 / with its offset", max_length=40)


class ProblemIn(BaseModel):
    """What somebody was told of, in a building or an area. It says what is wrong, never who."""

    model_config = STRICT

    id: str = Field(description="UUID 第 7 版，由客户端生成 / made by the client")
    note: str = Field(min_length=1, max_length=120)
    building: str | None = Field(default=None, max_length=40)
    area: str | None = Field(default=None, max_length=40)
    event: str | None = Field(default=None, description="已上报的事件 / the event it became", max_length=40)
    registered_at: str = Field(description="RFC 3339，带时区 / with its offset", max_length=40)


class SolvedIn(BaseModel):
    """When it was solved; now when it is not said."""

    model_config = STRICT

    solved_at: str | None = Field(default=None, max_length=40)


class CampaignOut(BaseModel):
    """A campaign."""

    id: UUID
    kind: Kind
    name: str
    begins: date
    ends: date
    area: str
    area_name: str


class CampaignList(BaseModel):
    """Campaigns one sees, the latest first."""

    items: list[CampaignOut]


class AgeOut(BaseModel):
    """How many of the unsolved wait up to `days` days (null: longer), and longer than the one before."""

    days: int | None
    n: int


class FiguresOut(BaseModel):
    """Doors and problems. `households` and `visited` are null where counts of people may not be told."""

    buildings: int
    households: int | None
    met: int
    absent: int
    refused: int
    problems: int
    solved: int
    unsolved: int
    visited: RateOut | None
    problem_rate: RateOut
    solved_rate: RateOut
    ageing: list[AgeOut]


class GridFiguresOut(FiguresOut):
    """Of one grid."""

    code: str
    name: str


class CampaignToldOut(CampaignOut):
    """A campaign as it stood at `as_of`, in the grids one answers for."""

    as_of: AwareDatetime
    total: FiguresOut
    grids: list[GridFiguresOut]


class TargetOut(BaseModel):
    """A building to visit."""

    code: str
    address: str | None
    area: str
    area_name: str


class TargetList(BaseModel):
    """Buildings to visit where one works."""

    items: list[TargetOut]


class ProblemOut(BaseModel):
    """A problem; `event` is the number of the event it became."""

    id: UUID
    note: str
    registered_at: AwareDatetime
    solved_at: AwareDatetime | None
    area: str
    area_name: str
    building: str | None
    event: str | None


class ProblemList(BaseModel):
    """Problems where one works, the oldest unsolved first."""

    items: list[ProblemOut]


class CampaignMadeOut(BaseModel):
    """A new campaign."""

    id: UUID
    targets: int


class KeptOut(BaseModel):
    """What was kept; `replay` when it had been kept before."""

    id: UUID
    replay: bool
