"""How categories, filing standards and their imports look in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class CategoryBefore(BaseModel):
    """What a category was until `until`."""

    version: int
    zh: str
    en: str | None
    source: str | None
    verified: bool
    until: AwareDatetime


class CategoryOut(BaseModel):
    """A category with what is below it.

    `verified`: somebody compared it with the text of its `source`. `city` is the beginning of area codes it is for,
    empty for everywhere. With `state=all` there are retired ones too, and `history`.
    """

    key: str = Field(examples=["gov-s:request:S0202"])
    scheme: str
    kind: str
    code: str
    zh: str
    en: str | None
    source: str
    verified: bool
    city: str
    version: int
    valid_from: date
    valid_to: date | None
    in_force: bool
    replaces: str | None
    history: list[CategoryBefore] = []
    children: list[CategoryOut] = []


class CategoryChange(BaseModel):
    """Whether a category, and a family with all in it, may be chosen for new reports from today on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    in_force: bool


class RuleChangeOut(BaseModel):
    """An act on rules: `object` is the code or the number of what was changed, `details` say which version."""

    at: AwareDatetime
    actor: str
    action: str = Field(examples=["calendar.put"])
    object: str
    details: dict[str, Any]


class RuleChangeList(BaseModel):
    """Changes, the latest first."""

    items: list[RuleChangeOut]


class MappedOut(BaseModel):
    """What an older code is today: a key, or the reason why nothing."""

    edition: str
    kind: str
    code: str
    key: str | None
    zh: str | None
    en: str | None
    reason: str | None
    detail: str | None
    detail_en: str | None


class LimitOut(BaseModel):
    """How long there is."""

    kind: Literal["urgent_hour", "work_hour", "work_day", "natural_day"]
    value: float
    zh: str
    en: str


class StandardOut(BaseModel):
    """A condition of filing: `id` is what a filing names; `confidence` from verified down to recalled."""

    id: int
    set: int
    city: str
    version: str
    category: str
    category_zh: str
    category_en: str | None
    family_zh: str | None
    family_en: str | None
    condition_no: int
    condition: str
    condition_en: str | None
    limit: LimitOut
    closure: str
    closure_en: str | None
    evidence: list[str]
    lead: Literal["owner", "territory", "department"]
    lead_department: str | None
    source: str
    confidence: Literal["verified", "defined", "third_party", "recalled"]


class StandardList(BaseModel):
    """Conditions, by category and number."""

    items: list[StandardOut]


class SetOut(BaseModel):
    """One version of one city's standards; in force from `valid_from` until the day before `valid_to`."""

    id: int
    city: str
    city_name: str | None
    version: str
    name_zh: str
    name_en: str | None
    source: str
    valid_from: date
    valid_to: date | None
    imported_at: AwareDatetime
    in_force: bool
    categories: int
    standards: int


class SetList(BaseModel):
    """Every set, cities by code, the newest first."""

    items: list[SetOut]


class ChangeOut(BaseModel):
    """One difference; `fields` from what to what."""

    what: Literal["added", "changed", "removed"]
    key: str
    condition_no: int | None
    zh: str
    en: str | None
    fields: dict[str, list[Any]]


class ImportOut(BaseModel):
    """What a file changed, or would: at most 500 changes, `more` others. `id` is the set made."""

    id: int | None
    rows: int
    dry_run: bool
    against: str | None
    counts: dict[str, int]
    changes: list[ChangeOut]
    more: int
