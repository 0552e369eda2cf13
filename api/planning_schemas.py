"""How scenarios and edits are written and look in the OpenAPI document."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from api.coverage_schemas import SharesOut
from api.schemas import Feature
from gis.walking.edit_kinds import KINDS

EDIT = "an edit with its `kind`, as docs/api.md tells"


def _edit_schemas() -> dict[str, Any]:
    """Each kind of edit with its members, from the edits themselves."""
    kinds: list[dict[str, Any]] = []
    for kind, made in KINDS.items():
        members = {one.name: {"title": one.name} for one in fields(made)}
        required = [one.name for one in fields(made) if one.default is MISSING]
        told = {"properties": {"kind": {"const": kind}, **members}, "required": ["kind", *required]}
        kinds.append({"type": "object", "title": kind, "additionalProperties": False, **told})
    return {"oneOf": kinds}


EditJson = Annotated[dict[str, Any], WithJsonSchema(_edit_schemas())]


class QuestionIn(BaseModel):
    """What a scenario asks: the parameters of `GET /api/v1/coverage`; all may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    types: list[str] | str | None = None
    minutes: float | None = None
    metres: float | None = None
    profile: str | None = None
    area: str | None = None
    at: str | None = None
    capacity: bool | None = None


class ScenarioIn(BaseModel):
    """A new scenario: its name, a note, edits in their order, and the question it is about."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    note: str = ""
    edits: list[EditJson] = Field(default_factory=list, description=EDIT)
    question: QuestionIn = Field(default_factory=QuestionIn)


class ScenarioChange(BaseModel):
    """What is to be other; what is missing stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = None
    note: str | None = None
    edits: list[EditJson] | None = Field(default=None, description=EDIT)
    question: QuestionIn | None = None


class ScenarioOut(BaseModel):
    """A saved scenario. `area` is the area it is about: planners there read it; `mine` tells who made it."""

    id: UUID
    name: str
    note: str
    edits: list[dict[str, Any]]
    question: dict[str, Any]
    area: str
    version: int
    mine: bool
    url: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
    adopted_at: AwareDatetime | None


class ScenarioList(BaseModel):
    """Scenarios one may read, the newest first; `next` is the cursor of the page after."""

    items: list[ScenarioOut]
    next: str | None


class MovedOut(BaseModel):
    """Homes and residents that change sides; null where it is suppressed."""

    buildings: int | None
    residents: int | None


class ComparedArea(BaseModel):
    """A community before and after."""

    code: str
    name: str
    suppressed: bool
    before: SharesOut
    after: SharesOut


class ChangedBuildings(BaseModel):
    """Changed homes as GeoJSON: code, status (gained, lost, closer, farther), before and after in the unit of the
    question (metres or seconds), residents where they are told. `left_off` more are not listed.
    """

    type: Literal["FeatureCollection"]
    features: list[Feature]
    left_off: int


class ComparisonOut(BaseModel):
    """A question on the place as it is and in the scenario, side by side."""

    scenario: UUID
    suppressed: bool
    before: SharesOut
    after: SharesOut
    gained: MovedOut
    lost: MovedOut
    communities: list[ComparedArea]
    relinked: int
    unit: Literal["m", "s"]
    buildings: ChangedBuildings


class EditIn(BaseModel):
    """One change to make for real."""

    model_config = ConfigDict(extra="forbid", strict=True)

    edit: EditJson = Field(description=EDIT)


class EditMade(BaseModel):
    """What a change made for real has changed."""

    id: int
    changed_buildings: int
    relinked: int
    layers: int
    network_version: str
    took_ms: int


class Adopted(BaseModel):
    """What the edits of a scenario, made for real, have changed; `ids` number them."""

    ids: list[int]
    changed_buildings: int
    relinked: int
    layers: int
    network_version: str
    took_ms: int


class EditRow(BaseModel):
    """A change made for real; `changed` counts buildings, relinked and layers of its transaction."""

    id: int
    edit: dict[str, Any]
    area: str | None
    scenario: UUID | None
    actor: str
    at: AwareDatetime
    changed: dict[str, int]


class EditList(BaseModel):
    """Changes made for real in the areas one may change, the newest first."""

    items: list[EditRow]
    next: str | None
