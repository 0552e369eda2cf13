"""Notices of one's own, and the subscribers outside."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.answers import text_answer
from api.bodies import body_of, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep
from api.notice_schemas import (
    NoticePage,
    ReadIn,
    ReadOut,
    SubscriberIn,
    SubscriberList,
    SubscriberSecret,
)
from api.numbers import PlainInt
from gis.base.errors import Invalid
from gis.events.notices import service
from gis.events.readers import read_string

router = APIRouter(tags=["notices"])
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/notices", response_model=NoticePage)
def list_notices(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    unread: Annotated[bool, Query(description="only what was not read yet")] = False,
    limit: Annotated[PlainInt, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=200)] = None,
) -> Response:
    """What concerned the reader, the latest first."""
    bound = ("notices", caller.account_id, unread)
    before = None if cursor is None else int(read_word_cursor(settings.cursor_secret, bound, cursor))
    page = service.list_notices(engine, unread=unread, limit=limit, before=before)
    following = (
        None if page.next is None else write_word_cursor(settings.cursor_secret, bound, str(page.next))
    )
    body = f'{{"items":[{",".join(page.items)}],"unread":{page.unread},"next":{json.dumps(following)}}}'
    return text_answer(body, headers=NO_STORE)


@router.post("/notices/read", response_model=ReadOut, openapi_extra=dict(told(ReadIn)))
def read_notices(engine: EngineDep, given: Annotated[ReadIn, Depends(body_of(ReadIn))]) -> Response:
    """Mark one's own notices as read: those named, or all up to one. What is nobody's or another's stays as it is."""
    if not given.ids and given.up_to is None:
        raise Invalid(
            "missing", "ids 或 up_to：缺少此项", "ids or up_to: one of them is required", field="ids"
        )
    marked, unread = service.mark_read(engine, given.ids, given.up_to)
    return JSONResponse({"read": marked, "unread": unread}, headers=NO_STORE)


@router.get("/subscribers", response_model=SubscriberList)
def list_subscribers(engine: EngineDep) -> Response:
    """Who outside is sent messages of the areas I set rules for, and what became of them."""
    return text_answer(f'{{"items":{service.list_subscribers(engine)}}}', headers=NO_STORE)


@router.post(
    "/subscribers", status_code=201, response_model=SubscriberSecret, openapi_extra=dict(told(SubscriberIn))
)
def create_subscriber(
    engine: EngineDep, settings: SettingsDep, given: Annotated[SubscriberIn, Depends(body_of(SubscriberIn))]
) -> Response:
    """Send messages to a web hook (signed) or a mailbox; the secret of a hook is told this once."""
    new = service.NewSubscriber(
        channel=given.channel,
        name=read_string(given.name, "name", longest=80),
        address=read_string(given.address, "address", longest=400),
        topics=tuple(dict.fromkeys(given.topics)),
        area=given.area,
    )
    number, secret = service.subscribe(engine, settings, new)
    return JSONResponse({"id": number, "secret": secret}, 201, NO_STORE)


@router.delete("/subscribers/{number}", status_code=204)
def end_subscriber(engine: EngineDep, number: Annotated[PlainInt, Path(ge=1, le=2_000_000_000)]) -> Response:
    """Send nothing more to a subscriber; what was sent stays on record."""
    service.unsubscribe(engine, number)
    return Response(status_code=204)
