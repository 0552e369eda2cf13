"""Inspection and rating: tasks, the reporter's word by tracking code, reviews of appeals, what they add up to."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.answers import text_answer
from api.bodies import body_of, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep
from api.numbers import PlainInt
from api.rating_schemas import (
    ObjectionIn,
    ObjectionOut,
    RatingIn,
    RatingOut,
    RatingRuleIn,
    ReviewIn,
    ReviewOut,
    SummaryOut,
    TaskList,
)
from gis.base.errors import NotFound
from gis.events.rating import rules, service
from gis.events.rating.service import Given
from gis.events.readers import read_string, read_uuid7
from gis.events.whistle.model import LONGEST_TEXT
from gis.events.whistle.scores import read_period

router = APIRouter(tags=["ratings"])
Code = Annotated[str, Path(max_length=40)]


def _answer(done: Given) -> Response:
    headers = {"Cache-Control": "no-store"}
    if done.replay:
        headers["Idempotent-Replay"] = "true"
    return Response(done.body, 200 if done.replay else 201, headers, "application/json")


@router.post(
    "/track/{code}/rating",
    status_code=201,
    response_model=RatingOut,
    openapi_extra=dict(told(RatingIn)),
    responses={200: {"model": RatingOut, "description": "The same rating again: the same answer"}},
)
def rate_event(
    engine: EngineDep, code: Code, given: Annotated[RatingIn, Depends(body_of(RatingIn))]
) -> Response:
    """Rate how a matter was handled, once a round; for whoever has the code of its own report."""
    words = None if given.text is None else read_string(given.text, "text", longest=LONGEST_TEXT)
    data: dict[str, Any] = {"score": given.score}
    if given.solved is not None:
        data["solved"] = given.solved
    return _answer(service.rate_by_code(engine, code, read_uuid7(given.id, "id"), data, words))


@router.post(
    "/track/{code}/objection",
    status_code=201,
    response_model=ObjectionOut,
    openapi_extra=dict(told(ObjectionIn)),
    responses={200: {"model": ObjectionOut, "description": "The same objection again: the same answer"}},
)
def object_event(
    engine: EngineDep, code: Code, given: Annotated[ObjectionIn, Depends(body_of(ObjectionIn))]
) -> Response:
    """Object to the closing or refusal of a matter: a new round with a clock of its own begins.

    For whoever reported it, or what was merged into it; not with the code of a “me too”.
    """
    reason = read_string(given.reason, "reason", longest=LONGEST_TEXT)
    return _answer(service.object_by_code(engine, code, read_uuid7(given.id, "id"), reason))


@router.post("/events/{event}/appeal-review", response_model=ReviewOut, openapi_extra=dict(told(ReviewIn)))
def review_appeal(
    engine: EngineDep,
    event: Annotated[str, Path(max_length=40)],
    given: Annotated[ReviewIn, Depends(body_of(ReviewIn))],
) -> Response:
    """The first review of a department's appeal against overdue; granting it is somebody else's command."""
    try:
        wanted = UUID(event)
    except ValueError:
        raise NotFound("no_such_event", "没有这个事件", "There is no such event") from None
    opinion = read_string(given.reason, "reason", longest=LONGEST_TEXT)
    done = service.review_appeal(engine, wanted, favour=given.favour, opinion=opinion)
    return JSONResponse(done, headers={"Cache-Control": "no-store"})


@router.get("/inspections", response_model=TaskList)
def list_inspections(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    box: Annotated[Literal["mine", "open", "all"], Query()] = "mine",
    limit: Annotated[PlainInt, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """Tasks of verification and inspection: handed to me, of nobody where I inspect, or all I see."""
    bound = ("inspections", caller.account_id, box)
    before = None if cursor is None else int(read_word_cursor(settings.cursor_secret, bound, cursor))
    page = service.list_tasks(engine, box, limit=limit, before=before)
    following = "null"
    if page.next is not None:
        following = f'"{write_word_cursor(settings.cursor_secret, bound, str(page.next))}"'
    return text_answer(f'{{"items":[{",".join(page.items)}],"next":{following}}}')


@router.get("/ratings/rules", response_model=list[dict[str, Any]])
def list_rating_rules(engine: EngineDep) -> Response:
    """Shares that are inspected and called back, days for rating and objecting, by area and family of matters."""
    return text_answer(rules.list_rules(engine))


@router.put("/ratings/rules", response_model=list[dict[str, Any]], openapi_extra=dict(told(RatingRuleIn)))
def put_rating_rule(
    engine: EngineDep, given: Annotated[RatingRuleIn, Depends(body_of(RatingRuleIn))]
) -> Response:
    """Write a rule. Rounds that have ended keep their days, draws that were made stay."""
    rules.put_rule(engine, rules.NewRule(**given.model_dump()))
    return text_answer(rules.list_rules(engine))


@router.get("/ratings", response_model=SummaryOut)
def rating_summary(
    engine: EngineDep,
    month: Annotated[str | None, Query(max_length=7, examples=["2026-11"])] = None,
    year: Annotated[PlainInt | None, Query(ge=2000, le=2100)] = None,
    area: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Ratings, objections, call-backs and exemptions of the rounds that ended in a month or a year."""
    period = read_period(month, year)
    span = {"label": period.label, "from": period.begin.isoformat(), "to": period.end.isoformat()}
    return {"period": span, **json.loads(service.rating_summary(engine, period, area))}
