"""Siting as a job: asked for over HTTP, run in the scope of whoever asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from gis.base.progress import Progress
from gis.coverage.found import rows_inside
from gis.coverage.in_scenario import in_scenario, world_for
from gis.coverage.siting.request import SitingRequest, read_request
from gis.coverage.siting.service import SitingCancelled, refuse_part, site
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of
from gis.jobs.model import Cancelled, Handler, JobCancelled, JobFile, JobResult
from gis.jobs.service import submit

KIND = "siting"
_GEOJSON = "application/geo+json"


def submit_siting(
    engine: Engine, given: Mapping[str, Any], scenario: UUID | None = None, cache_dir: Path | None = None
) -> UUID:
    """Check a request, put it into the queue; the job's id.

    What is refused is refused here, before anything waits: raises as `read_request`, and as `service.site` about
    the area, the types and the scenario.
    """
    request = read_request(given)
    place = in_scenario(engine, scenario)
    world = world_for(place, cache_dir)
    refuse_part(world, scope_of(engine), request.question.area)
    world.refuse_unknown(request.question.types)
    rows_inside(world, request.question.area)
    area = world.areas[world.areas["code"] == request.question.area]
    params = {"request": dict(given), "scenario": None if scenario is None else str(scenario)}
    zh, en = _labels(request)
    with unit_of_work(engine) as session:
        where = int(area["id"].iloc[0]) if len(area) else None
        return submit(session, KIND, params, zh, en, area_id=where)


def _labels(request: SitingRequest) -> tuple[str, str]:
    question, count = request.question, request.stations
    far = f"{question.metres:g} 米" if question.metres else f"{question.minutes:g} 分钟"
    walk = f"{question.metres:g} m" if question.metres else f"{question.minutes:g} minutes"
    many = f"{count} 个站点" if count else "集合覆盖"
    some = f"{count} stations" if count else "set cover"
    return f"选址：{many}，{far}", f"siting: {some}, {walk}"


def siting_handler(cache_dir: Path | None) -> Handler:
    """Runs the jobs of `submit_siting`."""

    def handle(
        engine: Engine, params: Mapping[str, Any], progress: Progress, cancelled: Cancelled
    ) -> JobResult:
        scenario = None if params["scenario"] is None else UUID(params["scenario"])
        try:
            made = site(
                in_scenario(engine, scenario), read_request(params["request"]), progress, cancelled, cache_dir
            )
        except SitingCancelled as over:
            raise JobCancelled from over
        content = json.dumps(made.as_geojson(hide_small=True), ensure_ascii=False).encode()
        told = made.as_json() | {"scenario": params["scenario"]}
        return JobResult(told, JobFile("选址结果.geojson", _GEOJSON, content))

    return handle
