"""How ratings, objections and reviews are written, and how they look in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gis.events.whistle.model import LONGEST_TEXT


class Strict(BaseModel):
    """Unknown members are refused, and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


class RatingIn(Strict):
    """A rating of the round that ended: once, while the time for it lasts."""

    id: str = Field(description="UUIDv7 made by the client")
    score: int = Field(description="a mark of the scale, which `/track` tells")
    solved: Literal["yes", "partly", "no"] | None = None
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)


class RatingOut(BaseModel):
    """The rating as it is kept; the same bytes when it is sent again."""

    event_number: str
    round: int
    score: int
    label_zh: str
    label_en: str
    solved: str | None
    text: str | None
    at: AwareDatetime


class ObjectionIn(Strict):
    """An objection (异议): why the matter is not settled. It opens a new round."""

    id: str = Field(description="UUIDv7 made by the client")
    reason: str = Field(max_length=LONGEST_TEXT)


class ObjectionOut(BaseModel):
    """The new round; the punctuality of the one before stays on record."""

    event_number: str
    round: int
    status: str
    at: AwareDatetime


class ReviewIn(Strict):
    """The first review of a department's appeal against overdue; somebody else decides."""

    favour: bool
    reason: str = Field(max_length=LONGEST_TEXT)


class RatingRuleIn(Strict):
    """What counts in an area and a family of matters; null: everywhere, all. A share of null: the desk decides."""

    area: str | None = Field(default=None, max_length=40)
    category: str | None = Field(default=None, max_length=80)
    self_handled_share: float | None = Field(ge=0, le=1)
    call_back_share: float = Field(ge=0, le=1)
    rate_days: int = Field(ge=1, le=365)
    object_days: int = Field(ge=1, le=365)
    call_back_days: int = Field(ge=1, le=365)


class ReviewOut(BaseModel):
    """The review as it is kept."""

    event: UUID
    round: int
    favour: bool
    at: AwareDatetime


class TaskEvent(BaseModel):
    """The event of a task; the address is null where the reporter asked for confidence."""

    id: UUID
    number: str
    status: str
    version: int
    urgency: str
    category_zh: str
    category_en: str | None
    due_at: AwareDatetime | None
    overdue: bool
    address: str | None
    lon: float
    lat: float


class TaskOut(BaseModel):
    """Somebody is to verify (核实) or inspect (核查) on site."""

    id: int
    kind: Literal["verification", "inspection"]
    state: Literal["open", "passed", "failed", "recalled"]
    assigned_at: AwareDatetime
    done_at: AwareDatetime | None
    mine: bool
    round: int
    event: TaskEvent


class TaskList(BaseModel):
    """A page of a box."""

    items: list[TaskOut]
    next: str | None


class SummaryOut(BaseModel):
    """Ratings, objections and call-backs of the rounds that ended in a period; who did not answer is counted apart."""

    model_config = ConfigDict(extra="allow")

    period: dict[str, str]
    as_of: AwareDatetime
    closed: int
    rated: int
    no_answer: int
    waiting: int
    satisfied: dict[str, Any]
    solved: dict[str, Any]
    partly_fixed: int
    objections: int
    exempt: int
    scores: list[dict[str, Any]]
    call_backs: dict[str, int]
