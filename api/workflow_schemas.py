"""How workflows are written, and how they look in the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.command_schemas import Strict
from gis.events.model import Status

Texts = list[str]
LimitKind = Literal["urgent_hour", "work_hour", "work_day", "natural_day"]


class WorkflowOut(BaseModel):
    """A template: which events follow it."""

    code: str
    version: int
    name_zh: str
    name_en: str
    area: str | None
    schemes: Texts
    sources: Texts
    priority: int
    created_at: AwareDatetime


class WorkflowList(BaseModel):
    """The templates in force."""

    items: list[WorkflowOut]


class WorkflowStateOut(BaseModel):
    """A state, and what the system does when it has waited too long."""

    status: Status
    label_zh: str
    label_en: str
    stage: str | None
    limit_value: float | None
    limit_kind: LimitKind | None
    timeout: str | None


class WorkflowEdgeOut(BaseModel):
    """A step: who may take it and what it requires."""

    model_config = ConfigDict(populate_by_name=True)

    command: str
    from_: Status = Field(alias="from")
    to: Status
    label_zh: str
    label_en: str
    permission: str | None
    party: str | None
    at_level: bool
    not_by: Texts
    needs: Texts
    requires: Texts
    max_distance_m: float | None
    clock: Texts
    notifies: Texts
    by_system: bool


class WorkflowVersion(BaseModel):
    """A version of a template there was or is."""

    version: int
    created_at: AwareDatetime
    ended_at: AwareDatetime | None


class WorkflowFault(BaseModel):
    """Something wrong with a template."""

    code: str
    detail: str
    detail_en: str


class WorkflowCheck(BaseModel):
    """What a dry run found: nothing is wrong when `faults` is empty."""

    faults: list[WorkflowFault]


class WorkflowDetail(WorkflowOut):
    """A template with its states and steps."""

    ended_at: AwareDatetime | None
    versions: list[WorkflowVersion]
    states: list[WorkflowStateOut]
    edges: list[WorkflowEdgeOut]


class WorkflowStateIn(Strict):
    """A state of a template of one's own; one that waits says how long, and what the system does then."""

    status: Status
    label_zh: str = Field(min_length=1, max_length=40)
    label_en: str = Field(min_length=1, max_length=60)
    stage: str | None = Field(default=None, max_length=16)
    limit_value: float | None = Field(default=None, gt=0, le=10_000)
    limit_kind: LimitKind | None = None
    timeout: str | None = Field(default=None, max_length=24)


class WorkflowEdgeIn(Strict):
    """A step of a template of one's own."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    command: str = Field(max_length=24)
    from_: Status = Field(alias="from")
    to: Status
    label_zh: str = Field(min_length=1, max_length=40)
    label_en: str = Field(min_length=1, max_length=60)
    permission: str | None = Field(default=None, max_length=40)
    party: str | None = Field(default=None, max_length=16)
    at_level: bool = False
    not_by: Texts = Field(default=[], max_length=10)
    needs: Texts = Field(default=[], max_length=10)
    requires: Texts = Field(default=[], max_length=10)
    max_distance_m: float | None = Field(default=None, gt=0, le=100_000)
    clock: Texts = Field(default=[], max_length=10)
    notifies: Texts = Field(default=[], max_length=10)
    by_system: bool = False


class WorkflowIn(Strict):
    """A city's own template; a code that is there already gets its next version. `area` is its root."""

    code: str = Field(pattern="^[a-z][a-z0-9_]{1,23}$")
    area: str = Field(max_length=32)
    name_zh: str = Field(min_length=1, max_length=60)
    name_en: str = Field(min_length=1, max_length=80)
    schemes: Texts = Field(default=[], max_length=20)
    sources: Texts = Field(default=[], max_length=40)
    priority: int = Field(default=0, ge=-100, le=100)
    states: list[WorkflowStateIn] = Field(min_length=2, max_length=20)
    edges: list[WorkflowEdgeIn] = Field(min_length=1, max_length=400)
