"""Where an event stands in its workflow, and the rows of its log, as answers tell them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gis.base.datum import CoordSys
from gis.events.model import Source, Status


class StepPhoto(BaseModel):
    """A photo of a step: `before`, `after` or `check`, and the stored copy."""

    slot: str
    sha256: str


class WorkflowName(BaseModel):
    """The template an event follows, and what its state is called there."""

    code: str
    version: int
    name_zh: str
    name_en: str
    status_zh: str | None
    status_en: str | None


class DepartmentName(BaseModel):
    """A department."""

    code: str
    name: str


class Helper(DepartmentName):
    """A department that helps, and whether the lead still waits for it to report back in this round."""

    awaited: bool


class LevelName(BaseModel):
    """The area that has an event now."""

    code: str
    name: str
    level: str


class Assignment(BaseModel):
    """Whether somebody was assigned, and whether that is who asks."""

    assigned: bool
    mine: bool


class FiledUnder(BaseModel):
    """The filing condition chosen for an event: in words, with its limit and what closes it."""

    id: int
    condition_no: int
    condition: str
    condition_en: str | None
    limit_kind: str
    limit_value: float
    closure: str
    closure_en: str | None
    evidence: list[str]


class Standing(BaseModel):
    """What became of an event on its way: returns, rework, lateness, an appeal that was granted, who helps."""

    bounces: int
    reworks: int
    overdue_s: int | None
    exempt: bool
    suspended_from: Status | None
    filed_under: FiledUnder | None
    co_departments: list[Helper]


class Post(BaseModel):
    """The post (岗位) in which somebody took a step: what they were there, and in which area or department."""

    role_zh: str
    role_en: str
    place: str


class LogRow(BaseModel):
    """A row of an event's append-only log; `hash` covers the row before."""

    model_config = ConfigDict(populate_by_name=True)

    seq: int
    at: AwareDatetime
    actor: str
    post: Post | None = Field(description="held that day; none of reporters and of the system")
    action: str
    from_: Status | None = Field(alias="from")
    to: Status
    round: int
    note: str | None
    reason: str | None
    data: dict[str, Any] | None = Field(description="what the command said besides")
    distance_m: float | None = Field(description="from the place, where it was taken")
    no_standard: bool = Field(
        description="filed without a standard, as none is in force for its category there"
    )
    filed_under: FiledUnder | None = Field(description="the condition this step filed it under")
    photos: list[StepPhoto]
    hash: str


class MaskedContact(BaseModel):
    """A reporter's contact as far as it is shown; `may_reveal`: this caller may ask for the whole, on record."""

    name_masked: str | None
    phone_masked: str | None
    may_reveal: bool


class ReportFact(BaseModel):
    """What may be told of a report behind an event; `contact` is null where there is none or it is not shown."""

    id: str
    event: str = Field(
        description="its own event: another than the one asked for, where that was merged into it"
    )
    contact: MaskedContact | None
    source: Source
    on_behalf: bool = Field(description="one of the staff wrote it down for who called or came")
    coord_sys: CoordSys
    accuracy_m: float | None
    occurred_at: AwareDatetime | None
    reported_at: AwareDatetime
    recorded_at: AwareDatetime
    clock_ahead: bool = Field(
        description="The device claimed a time more than five minutes after ours: its clock is wrong"
    )
    photos: list[str]


class EventName(BaseModel):
    """An event by id and number."""

    id: str
    number: str


class PlaceAnswer(BaseModel):
    """What a reporter answered when asked whether the grid is right; the place where it was moved to."""

    answer: Literal["yes", "no", "moved"]
    lon: float | None
    lat: float | None
    at: AwareDatetime
