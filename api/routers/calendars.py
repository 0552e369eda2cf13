"""Calendars of working time by city, and deadlines tried before they bind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api import calendar_views as views
from api.bodies import body_of, told
from api.calendar_schemas import (
    CalendarIn,
    CalendarList,
    CalendarOut,
    CalendarTried,
    DayList,
    DeadlineIn,
    DeadlineOut,
)
from api.deps import EngineDep
from api.numbers import PlainInt
from gis.base.errors import NotFound
from gis.base.limits import parse_limit
from gis.events.clocks import calendars
from gis.events.clocks.model import MADE_OUT, NATIONAL, CityCalendar

router = APIRouter(tags=["rules"])
Code = Annotated[str, Path(max_length=40)]
Version = Annotated[
    PlainInt | None, Query(ge=1, le=100_000, description="此版 / this version, else that in force")
]
NO_STORE = {"Cache-Control": "private, no-store"}


@router.get("/calendars", response_model=CalendarList)
def list_calendars(engine: EngineDep) -> Response:
    """The calendars in force, that of everywhere first."""
    found = calendars.list_calendars(engine)
    return JSONResponse({"items": [views.summary_view(one) for one in found]}, headers=NO_STORE)


@router.post(
    "/calendars",
    status_code=201,
    response_model=CalendarOut,
    openapi_extra=dict(told(CalendarIn)),
    responses={200: {"model": CalendarTried, "description": "What a dry run found"}},
)
def put_calendar(
    engine: EngineDep,
    given: Annotated[CalendarIn, Depends(body_of(CalendarIn))],
    dry_run: Annotated[
        bool, Query(description="只检查并比较，不保存 / check and compare, keep nothing")
    ] = False,
    limit: Annotated[str, Query(description="dry run: the limit to try", max_length=40)] = "3工作日",
) -> Response:
    """A new version of a city's calendar; clocks that run keep the one they began with.

    A dry run says which days change, and when a limit would end.
    """
    national = calendars.read_calendar(engine, NATIONAL)
    try:
        before = calendars.read_calendar(engine, given.code)
    except NotFound:
        before = None
    wanted = views.read_calendar(given, before, national)
    if dry_run:
        calendars.check_calendar(engine, wanted)
        now = datetime.now(UTC).replace(microsecond=0)
        found = calendars.calendar_of(engine, given.city)
        return JSONResponse(views.change_view(found, wanted, parse_limit(limit), now), headers=NO_STORE)
    made = calendars.put_calendar(engine, wanted)
    headers = NO_STORE | {"Location": f"/api/v1/calendars/{made.code}"}
    return JSONResponse(_whole(engine, made), 201, headers)


def _whole(engine: EngineDep, one: CityCalendar) -> dict[str, Any]:
    return views.calendar_view(one, calendars.list_versions(engine, one.code))


@router.get("/calendars/{code}", response_model=CalendarOut)
def read_calendar(engine: EngineDep, code: Code, version: Version = None) -> Response:
    """A calendar in force, or an earlier version, with its rules and limits."""
    return JSONResponse(_whole(engine, calendars.read_calendar(engine, code, version)), headers=NO_STORE)


@router.get("/calendars/{code}/days", response_model=DayList)
def calendar_days(
    engine: EngineDep,
    code: Code,
    year: Annotated[PlainInt, Query(ge=MADE_OUT[0].year, le=MADE_OUT[1].year)],
    version: Version = None,
) -> Response:
    """Every day of a year: worked, made up, short, weekend or holiday, and whether that is announced."""
    found = calendars.read_calendar(engine, code, version)
    told_of = {"code": found.code, "version": found.version, "year": year}
    return JSONResponse(told_of | {"items": views.days_view(found, year)}, headers=NO_STORE)


@router.post("/deadline", response_model=DeadlineOut, openapi_extra=dict(told(DeadlineIn)))
def preview_deadline(
    engine: EngineDep, given: Annotated[DeadlineIn, Depends(body_of(DeadlineIn))]
) -> Response:
    """When a limit would be due, counted day by day; nothing is kept."""
    start, limit = views.read_deadline(given)
    found = calendars.preview(engine, start, limit, code=given.calendar, area=given.area or "")
    return JSONResponse(views.deadline_view(found), headers=NO_STORE)
