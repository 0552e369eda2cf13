"""How dispatch rules, lists, decisions and alarms are written and look in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

STRICT = ConfigDict(extra="forbid", strict=True)
Answer = str | int | bool
Answers = Annotated[
    dict[str, Answer | list[Answer]],
    WithJsonSchema({"title": "Answers", "description": "questions, each with its answer or a list of them"}),
]


class DispatchRuleIn(BaseModel):
    """A rule: every condition that is given has to hold; of a list any value will do.

    `categories` are `scheme`, `scheme:kind` or `scheme:kind:code` with all below; `areas` are codes with all below;
    `time` is what the calendar says of the moment; `hours` are spans as `22:00-06:00`; `answers` were given at the
    filing; `owner` holds `known`, `unknown` or codes of departments. `department` may name levels of the place:
    `D{subdistrict}01`. The more specific rule decides, then the higher `priority`.
    """

    model_config = STRICT

    code: str
    to: Literal["department", "owner", "worker", "community"]
    department: str = ""
    name: str = ""
    categories: list[str] = []
    areas: list[str] = []
    urgency: list[str] = []
    source: list[str] = []
    time: Literal["", "work", "off", "workday", "day_off"] = ""
    weekdays: list[int] = []
    months: list[int] = []
    hours: list[str] = []
    answers: Answers = {}
    owner: list[str] = []
    priority: int = 0
    stage: Literal["", "first", "owner", "territory"] = ""
    auto: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""


class RuleSetIn(BaseModel):
    """A rule set: for the area of the code `city` (empty: everywhere), in a version of its own."""

    model_config = STRICT

    city: str = ""
    version: str
    name_zh: str
    name_en: str = ""
    note: str = ""
    rules: list[DispatchRuleIn]


class RuleSetHead(BaseModel):
    """A rule set without its rules. `editable`: whether it is the asker's to change; `rules` counts them."""

    id: int
    city: str
    version: str
    name_zh: str
    name_en: str
    note: str
    state: Literal["draft", "active", "retired"]
    revision: int
    rules: int
    editable: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime
    activated_at: AwareDatetime | None
    retired_at: AwareDatetime | None


class RuleSetList(BaseModel):
    """All rule sets: those in force first, then the newest."""

    items: list[RuleSetHead]


class SaidRule(BaseModel):
    """A rule as it is written, and what it says."""

    rule: dict[str, Any]
    zh: str
    en: str


class FindingOut(BaseModel):
    """Something wrong: `unknown_department`, `unknown_category`, `unknown_area`, `unknown_source`, `unreachable`,
    `overlap`, `broken_rule` are errors, `shadowed`, `gap`, `expired`, `too_wide` warnings. `others` are further rules
    it is about.
    """

    kind: str
    severity: Literal["error", "warning"]
    rule: str | None
    zh: str
    en: str
    others: list[str]
    example: dict[str, Any] | None


class RuleSetOut(RuleSetHead):
    """A rule set with its rules in words and what is wrong with them today."""

    said: list[SaidRule]
    findings: list[FindingOut]


class LintOut(BaseModel):
    """What is wrong with a rule set today."""

    findings: list[FindingOut]


class SimulateIn(BaseModel):
    """How far back, and what to compare with: the rules in force, or where the events did go."""

    model_config = STRICT

    days: int = Field(default=90, ge=1, le=366)
    against: Literal["active", "actual"] = "active"


class TargetOut(BaseModel):
    """Where an event goes."""

    kind: str
    code: str
    name: str


class TargetCount(TargetOut):
    """Where events would go, and how many."""

    events: int


class RuleCount(BaseModel):
    """How many events a rule decides."""

    rule: str
    events: int


class ExampleOut(BaseModel):
    """One of the events, where the asker may see it."""

    event: UUID
    number: str


class MovedOut(BaseModel):
    """Events that would go elsewhere; null where there is no target."""

    model_config = ConfigDict(populate_by_name=True)

    from_: TargetOut | None = Field(alias="from")
    to: TargetOut | None
    events: int
    examples: list[ExampleOut]


class SimulationOut(BaseModel):
    """What a rule set would have done with a period of history."""

    days: int
    since: AwareDatetime
    against: Literal["active", "actual"]
    events: int
    changed: int
    by_target: list[TargetCount]
    by_rule: list[RuleCount]
    alarms: dict[str, int]
    diff: list[MovedOut]


class DutyItemOut(BaseModel):
    """An item of the duty list: who leads and who supports, and what says so."""

    city: str
    version: str
    code: str
    name: str
    categories: list[str]
    lead: str
    supporting: list[str]
    basis: str
    valid_from: date
    valid_to: date | None


class DutyList(BaseModel):
    """The duty list of a city."""

    items: list[DutyItemOut]


class AdmissionItemOut(BaseModel):
    """An item of the admission list: what may be sent down to the communities of an area (empty: of the whole city)."""

    city: str
    version: str
    code: str
    name: str
    categories: list[str]
    area: str
    basis: str
    valid_from: date
    valid_to: date | None


class AdmissionList(BaseModel):
    """The admission list of a city."""

    items: list[AdmissionItemOut]


class ListImported(BaseModel):
    """A file of a list, read whole; `kept` is false in a dry run."""

    kept: bool
    count: int
    items: list[dict[str, Any]]


class AlarmOut(BaseModel):
    """A rule that did not work: `no_rule_set`, `no_rule`, `unknown_department`, `broken_rule`, `refused`."""

    id: int
    kind: str
    rule_set_id: int | None
    rule_set: str | None
    rule: str
    category: str
    category_zh: str | None
    category_en: str | None
    area: str | None
    area_name: str | None
    detail: str
    event: UUID | None
    times: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    note: str


class AlarmList(BaseModel):
    """Alarms, the latest first; `next` is the cursor of the page after."""

    items: list[AlarmOut]
    next: str | None


class AcknowledgeIn(BaseModel):
    """What was done about an alarm."""

    model_config = STRICT

    note: str = Field(default="", max_length=500)


class AdmissionIn(BaseModel):
    """The area an event may be sent down to although its list does not say so, and why."""

    model_config = STRICT

    area: str = Field(max_length=32)
    reason: str = Field(max_length=500)


class ExplanationOut(BaseModel):
    """What was decided about an event: by which rule, on what facts, which rules lost and why, who decided otherwise."""

    event: UUID
    number: str
    proposed: TargetOut | None
    decisions: list[dict[str, Any]]
    duty: dict[str, Any] | None
    approvals: list[dict[str, Any]]
