"""Calendars of working time by city, and deadlines tried before they bind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api import calendar_views as views
from api.bodies import body_of, told
from api.calendar_schemas import (
    CalendarIn,
    CalendarList,
    CalendarOut,
    DayList,
    DeadlineIn,
    DeadlineOut,
)
from api.deps import EngineDep
from api.numbers import PlainInt
from gis.base.errors import NotFound
from gis.events.clocks import calendars
from gis.events.clocks.model import MADE_OUT, NATIONAL

router = APIRouter(tags=["rules"])
Code = Annotated[str, Path(max_length=40)]
NO_STORE = {"Cache-Control": "private, no-store"}


@router.get("/calendars", response_model=CalendarList)
def list_calendars(engine: EngineDep) -> Response:
    """The calendars in force, that of everywhere first."""
    found = calendars.list_calendars(engine)
    return JSONResponse({"items": [views.summary_view(one) for one in found]}, headers=NO_STORE)


@router.post("/calendars", status_code=201, response_model=CalendarOut, openapi_extra=dict(told(CalendarIn)))
def put_calendar(engine: EngineDep, given: Annotated[CalendarIn, Depends(body_of(CalendarIn))]) -> Response:
    """A new version of a city's calendar; clocks that run keep the one they began with."""
    national = calendars.read_calendar(engine, NATIONAL)
    try:
        before = calendars.read_calendar(engine, given.code)
    except NotFound:
        before = None
    made = calendars.put_calendar(engine, views.read_calendar(given, before, national))
    headers = NO_STORE | {"Location": f"/api/v1/calendars/{made.code}"}
    return JSONResponse(views.calendar_view(made), 201, headers)


@router.get("/calendars/{code}", response_model=CalendarOut)
def read_calendar(engine: EngineDep, code: Code) -> Response:
    """A calendar in force with its rules and limits."""
    return JSONResponse(views.calendar_view(calendars.read_calendar(engine, code)), headers=NO_STORE)


@router.get("/calendars/{code}/days", response_model=DayList)
def calendar_days(
    engine: EngineDep,
    code: Code,
    year: Annotated[PlainInt, Query(ge=MADE_OUT[0].year, le=MADE_OUT[1].year)],
) -> Response:
    """Every day of a year: worked, made up, short, weekend or holiday, and whether that is announced."""
    found = calendars.read_calendar(engine, code)
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
