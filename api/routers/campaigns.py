"""Campaigns (专项行动), such as knocking on doors (敲门行动): targets, visits, problems, rates as of a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from api.bodies import body_of, told
from api.campaign_schemas import (
    CampaignIn,
    CampaignList,
    CampaignMadeOut,
    CampaignToldOut,
    KeptOut,
    ProblemIn,
    ProblemList,
    ProblemOut,
    SolvedIn,
    TargetList,
    VisitIn,
)
from api.deps import EngineDep
from api.kpi_views import rate_view
from gis.base.errors import Invalid, NotFound
from gis.events.campaigns import service
from gis.events.campaigns.figures import AGES, Figures, ageing
from gis.events.campaigns.store import Problem
from gis.events.readers import read_instant, read_natural_code, read_string, read_uuid7

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
HEADERS = {"Cache-Control": "private, no-store"}
Asked = Annotated[str, Path(max_length=40)]


def _id(typed: str, missing: Callable[[], NotFound]) -> UUID:
    try:
        return read_uuid7(typed, "id")
    except Invalid:
        raise missing() from None


def _no_campaign() -> NotFound:
    return NotFound("no_such_campaign", "没有这项行动", "There is no such campaign")


def _no_problem() -> NotFound:
    return NotFound("no_such_problem", "没有这个问题", "There is no such problem")


def _json(value: Any, status: int = 200) -> Response:
    return JSONResponse(jsonable_encoder(value), status, HEADERS)


@router.get("", response_model=CampaignList)
def list_campaigns(engine: EngineDep) -> Response:
    """Campaigns where I work, manage campaigns or answer for the indicators, the latest first."""
    return _json({"items": service.list_campaigns(engine)})


@router.post(
    "",
    status_code=201,
    response_model=CampaignMadeOut,
    openapi_extra=dict(told(CampaignIn)),
    responses={200: {"model": CampaignMadeOut, "description": "The same campaign again: the same answer"}},
)
def open_campaign(engine: EngineDep, given: Annotated[CampaignIn, Depends(body_of(CampaignIn))]) -> Response:
    """Begin a campaign: its targets are buildings with the households registered in them today.

    The same body again gives 200 and the same answer (`Idempotent-Replay`); another one under this id is a 409.
    """
    new = service.NewCampaign(
        read_uuid7(given.id, "id"),
        given.kind,
        read_string(given.name, "name", longest=80),
        read_natural_code(given.area, "area"),
        _day(given.begins, "begins"),
        _day(given.ends, "ends"),
        None
        if given.buildings is None
        else tuple(read_natural_code(one, "buildings") for one in given.buildings),
    )
    made = service.open_campaign(engine, new)
    answer = _json({"id": new.id, "targets": made.targets}, 200 if made.replay else 201)
    if made.replay:
        answer.headers["Idempotent-Replay"] = "true"
    return answer


@router.get("/{campaign}", response_model=CampaignToldOut)
def read_campaign(
    engine: EngineDep,
    campaign: Asked,
    as_of: Annotated[
        str | None,
        Query(description="RFC 3339，或一日（至当日末）/ an instant, or a day to its end", max_length=40),
    ] = None,
) -> Response:
    """What it had come to at a moment: rates with their base, and how long the unsolved have been waiting."""
    moment = None if as_of is None else _moment_or_day(as_of)
    found = service.read_campaign(engine, _id(campaign, _no_campaign), moment)
    return _json(
        {
            **jsonable_encoder(found.campaign),
            "as_of": found.as_of,
            "total": _figures(found.total),
            "grids": [{"code": code, "name": name, **_figures(one)} for code, name, one in found.grids],
        }
    )


@router.get("/{campaign}/targets", response_model=TargetList)
def list_targets(engine: EngineDep, campaign: Asked) -> Response:
    """Buildings to visit where I work."""
    rows = service.targets(engine, _id(campaign, _no_campaign))
    return _json({"items": [dict(row._mapping) for row in rows]})


@router.get("/{campaign}/problems", response_model=ProblemList)
def list_problems(engine: EngineDep, campaign: Asked) -> Response:
    """Problems where I work, the oldest unsolved first."""
    return _json({"items": [_problem(one) for one in service.problems(engine, _id(campaign, _no_campaign))]})


@router.post("/{campaign}/visits", response_model=KeptOut, openapi_extra=dict(told(VisitIn)))
def visit_door(
    engine: EngineDep, campaign: Asked, given: Annotated[VisitIn, Depends(body_of(VisitIn))]
) -> Response:
    """Keep a visit to a door, once however often it is sent. No resident is named."""
    visit = service.Visit(
        read_uuid7(given.id, "id"),
        read_natural_code(given.building, "building"),
        given.door,
        given.result,
        read_instant(given.visited_at, "visited_at"),
    )
    new = service.visit(engine, _id(campaign, _no_campaign), visit)
    return _json({"id": visit.id, "replay": not new})


@router.post("/{campaign}/problems", response_model=KeptOut, openapi_extra=dict(told(ProblemIn)))
def note_problem(
    engine: EngineDep, campaign: Asked, given: Annotated[ProblemIn, Depends(body_of(ProblemIn))]
) -> Response:
    """Keep a problem, once however often it is sent; with `event` it is solved when that is closed."""
    problem = service.NewProblem(
        read_uuid7(given.id, "id"),
        read_string(given.note, "note", longest=120),
        None if given.building is None else read_natural_code(given.building, "building"),
        None if given.area is None else read_natural_code(given.area, "area"),
        None if given.event is None else read_uuid7(given.event, "event"),
        read_instant(given.registered_at, "registered_at"),
    )
    new = service.note_problem(engine, _id(campaign, _no_campaign), problem)
    return _json({"id": problem.id, "replay": not new})


@router.post(
    "/{campaign}/problems/{problem}/solve", response_model=ProblemOut, openapi_extra=dict(told(SolvedIn))
)
def solve_problem(
    engine: EngineDep,
    campaign: Asked,
    problem: Asked,
    given: Annotated[SolvedIn, Depends(body_of(SolvedIn))],
) -> Response:
    """Call a problem solved; one that is already stays as it is."""
    at = None if given.solved_at is None else read_instant(given.solved_at, "solved_at")
    done = service.solve_problem(engine, _id(campaign, _no_campaign), _id(problem, _no_problem), at)
    return _json(_problem(done))


def _problem(one: Problem) -> dict[str, Any]:
    shown = jsonable_encoder(one)
    shown.pop("area_id")
    made: dict[str, Any] = shown
    return made


def _figures(one: Figures) -> dict[str, Any]:
    return {
        "buildings": one.buildings,
        "households": one.households,
        "met": one.met,
        "absent": one.absent,
        "refused": one.refused,
        "problems": one.problems,
        "solved": one.solved,
        "unsolved": one.problems - one.solved,
        "visited": None if one.visited is None else rate_view(one.visited),
        "problem_rate": rate_view(one.problem_rate),
        "solved_rate": rate_view(one.solved_rate),
        "ageing": [{"days": days, "n": n} for days, n in zip((*AGES, None), ageing(one.ages), strict=True)],
    }


def _day(given: str, field: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Invalid(
            "bad_day", "日期写作 2026-11-01", "A day is written as 2026-11-01", field=field
        ) from None


def _moment_or_day(given: str) -> datetime:
    if len(given) > len("2026-11-01"):
        return read_instant(given, "as_of")
    return datetime.combine(_day(given, "as_of"), datetime.max.time(), service.ZONE)
