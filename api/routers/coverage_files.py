"""Coverage to take home: files in any format and reference system, and the report."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.bodies import body_of, told
from api.deps import EngineDep, SettingsDep
from api.job_views import JobMade, accepted
from api.questions import PlaceDep, QuestionDep, cache_dir
from api.siting_schemas import CoverageReportIn
from gis.coverage.drawing_turns import answering
from gis.coverage.export import MEDIA, export_coverage
from gis.coverage.export_files import ENDINGS
from gis.coverage.report.service import submit_report
from gis.events.readers import read_natural_code, read_uuid7

router = APIRouter(tags=["coverage"])


@router.get(
    "/coverage/export",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "文件 / a file"}},
)
def coverage_export(
    engine: PlaceDep,
    settings: SettingsDep,
    question: QuestionDep,
    format_: Annotated[str, Query(alias="format", description=", ".join(MEDIA), max_length=12)],
    crs: Annotated[
        str | None,
        Query(description="EPSG 代码、WKT 或 cgcs2000-3；默认经纬度，DXF 默认三度带", max_length=8000),
    ] = None,
) -> Response:
    """The answer as a file with Chinese labels; small counts of people are left out (k = 10)."""
    with answering():
        made = export_coverage(engine, question, format_, cache_dir(settings), crs=crs)
    ending = ENDINGS.get(format_, format_)
    disposition = f"attachment; filename=\"coverage.{ending}\"; filename*=UTF-8''{quote(made.name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(made.content, media_type=made.media_type, headers=headers)


@router.post(
    "/coverage/report", status_code=202, response_model=JobMade, openapi_extra=dict(told(CoverageReportIn))
)
def coverage_report(
    engine: EngineDep,
    settings: SettingsDep,
    given: Annotated[CoverageReportIn, Depends(body_of(CoverageReportIn))],
) -> Response:
    """Ask for the report: a PDF in Chinese with map, tables and assumptions, made by a job."""
    asked = given.model_dump(exclude={"scenario"})
    if given.area is not None:
        asked["area"] = read_natural_code(given.area, "area")
    scenario = None if given.scenario is None else read_uuid7(given.scenario, "scenario")
    return accepted(submit_report(engine, asked, scenario, cache_dir(settings)))
