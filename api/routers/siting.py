"""Where the next stations go: asked here, answered by a job."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bodies import body_of, told
from api.deps import EngineDep, SettingsDep
from api.job_views import JobMade, accepted
from api.questions import cache_dir
from gis.coverage.siting.jobs import submit_siting
from gis.events.readers import read_natural_code, read_uuid7

router = APIRouter(tags=["planning"])


class CandidatesIn(BaseModel):
    """Where stations may stand: along streets, at points, or in parcels (GeoJSON, property `land_use`)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["streets", "points", "parcels"]
    spacing_m: float | int | None = None
    points: list[list[float]] | None = Field(default=None, description="[lon, lat] each, at most 20,000")
    features: dict[str, Any] | list[Any] | None = Field(default=None, description="a FeatureCollection")


class SitingIn(BaseModel):
    """How many stations, by which model, where; the question as in `GET /api/v1/coverage`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    types: list[str]
    minutes: float | None = None
    metres: float | None = None
    profile: str | None = None
    area: str | None = None
    scenario: str | None = Field(default=None, max_length=40)
    model: Literal["coverage", "set_cover", "p_median", "capacity", "backup", "min_coverage"] = "coverage"
    stations: int | None = Field(default=None, description="how many; not for set_cover")
    target: float | None = Field(default=None, description="set_cover: share of those who can be covered; 1")
    candidates: CandidatesIn = Field(default_factory=lambda: CandidatesIn(kind="streets"))
    exclude: dict[str, Any] | None = Field(default=None, description="GeoJSON polygons without stations")
    capacity: int | None = Field(default=None, description="capacity: residents a station serves")
    theta: float | None = Field(default=None, description="backup: worth of a second cover; 0.3")
    min_coverage: float | None = Field(
        default=None, description="min_coverage: least share of each community"
    )
    land_use: list[str] | None = Field(default=None, description="codes of parcels that count; all without")


@router.post("/siting", status_code=202, response_model=JobMade, openapi_extra=dict(told(SitingIn)))
def plan_sites(
    engine: EngineDep, settings: SettingsDep, given: Annotated[SitingIn, Depends(body_of(SitingIn))]
) -> Response:
    """Search for sites; 202 with the job. Planning and the people of the whole area must be the asker's."""
    asked = given.model_dump(exclude_none=True)
    scenario = asked.pop("scenario", None)
    if "area" in asked:
        asked["area"] = read_natural_code(asked["area"], "area")
    where = None if scenario is None else read_uuid7(scenario, "scenario")
    return accepted(submit_siting(engine, asked, where, cache_dir(settings)))
