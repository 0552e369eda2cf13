"""Indicators (考核指标): rates with their base, places of areas and departments, workload. People are never compared."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.deps import EngineDep
from api.kpi_schemas import IndicatorsOut, MyLoadOut, RankingOut, WhistleRatesOut, WorkloadOut
from api.kpi_views import indicators_view, ranking_view, whistles_view, workload_view
from api.numbers import PlainDay, PlainInt
from api.text import asks_english
from gis.base.errors import Invalid
from gis.events.kpi import comparing
from gis.events.kpi.export import MEDIA, Format, export_indicators
from gis.events.kpi.service import Asked, indicators
from gis.events.readers import read_natural_code

router = APIRouter(tags=["kpi"])
HEADERS = {"Cache-Control": "private, no-store"}
Level = Literal["city", "district", "subdistrict", "community", "grid"]
StageName = Literal["total", "accept", "verify", "file", "dispatch", "sign", "handle", "inspect", "check"]
AreaCode = Annotated[str, Query(description="区域代码 / code of an area", max_length=40)]
First = Annotated[PlainDay, Query(alias="from", description="首日（含）/ the first day")]
Last = Annotated[PlainDay, Query(alias="to", description="末日（含）/ the last day")]


async def period(first: First, last: Last) -> tuple[date, date]:
    """The days asked about, both included."""
    return first, last


Period = Annotated[tuple[date, date], Depends(period)]


async def asked_indicators(
    area: AreaCode,
    days: Period,
    by: Annotated[Literal["area", "department", "category"], Query(description="told apart by")] = "area",
    level: Annotated[Level | None, Query(description="by areas of this level; none: the whole alone")] = None,
    department: Annotated[str | None, Query(description="of this department alone", max_length=40)] = None,
) -> Asked:
    """Which numbers."""
    if level is not None and by != "area":
        raise Invalid("bad_value", "level 只用于 by=area", "level goes with by=area", field="level")
    return Asked(read_natural_code(area, "area"), *days, by, level, department)


AskedDep = Annotated[Asked, Depends(asked_indicators)]


@router.get("/kpi", response_model=IndicatorsOut)
def read_indicators(engine: EngineDep, asked: AskedDep) -> Response:
    """Indicators of an area with all below it: counts, five parts a stage, rates with their base, as of now.

    Counted with each step, so that there is nothing to wait for. A rate over nothing is null. No composite score.
    """
    return JSONResponse(indicators_view(indicators(engine, asked)), headers=HEADERS)


@router.get(
    "/kpi/export",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "文件 / a file"}},
)
def export_kpi(
    engine: EngineDep,
    asked: AskedDep,
    format_: Annotated[Format, Query(alias="format")],
    request: Request,
) -> Response:
    """The same numbers as a file, a row for each with what it is made of, in the language asked for."""
    english = asks_english(request)
    body = export_indicators(indicators(engine, asked), format_, english=english)
    name = f"kpi_{asked.area}_{asked.first}_{asked.last}.{format_}"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA[format_], headers=headers)


@router.get("/kpi/ranking", response_model=RankingOut)
def rank_areas(
    engine: EngineDep,
    area: AreaCode,
    days: Period,
    by: Annotated[Literal["area", "department"], Query(description="never people")] = "area",
    level: Annotated[Level, Query(description="areas of this level")] = "community",
    stage: Annotated[StageName, Query(description="whose median time")] = "handle",
    least: Annotated[
        PlainInt, Query(description="fewer cases have no place", ge=5, le=1000)
    ] = comparing.LEAST,
) -> Response:
    """Areas or departments by the median time of a stage, open cases counted (Kaplan-Meier); equal medians tie."""
    found = comparing.ranking(
        engine, read_natural_code(area, "area"), days, stage=stage, by=by, level=level, least=least
    )
    return JSONResponse(ranking_view(found), headers=HEADERS)


@router.get("/kpi/workload", response_model=WorkloadOut)
def read_workload(
    engine: EngineDep,
    area: AreaCode,
    days: Period,
    level: Annotated[Level, Query(description="areas of this level")] = "grid",
) -> Response:
    """Cases of each area, by thousand households, and the Gini coefficient over areas."""
    found = comparing.workload(engine, read_natural_code(area, "area"), days, level)
    return JSONResponse(workload_view(found), headers=HEADERS)


@router.get("/kpi/whistles", response_model=WhistleRatesOut)
def read_whistle_rates(engine: EngineDep, area: AreaCode, days: Period) -> Response:
    """Whistles blown in an area: answered, arrived, solved in time, mean mark; of departments see /whistles/scores."""
    found = comparing.whistle_rates(engine, read_natural_code(area, "area"), days)
    return JSONResponse(whistles_view(found), headers=HEADERS)


@router.get("/me/load", response_model=MyLoadOut)
def read_my_load(engine: EngineDep) -> Response:
    """What is before me, and what I finished lately. Told to me alone; nobody asks it of somebody else."""
    return JSONResponse(comparing.my_load(engine), headers=HEADERS)
