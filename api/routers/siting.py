"""Where the next stations go: asked here, answered by a job."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.bodies import body_of, told
from api.deps import EngineDep, SettingsDep
from api.job_views import JobMade, accepted
from api.questions import cache_dir
from api.siting_schemas import SitingIn
from gis.coverage.siting.jobs import submit_siting
from gis.events.readers import read_natural_code, read_uuid7

router = APIRouter(tags=["planning"])


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
