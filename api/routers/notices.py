"""Notices of one's own, and the subscribers outside."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from api.answers import text_answer
from api.bodies import body_of, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep
from api.notice_schemas import (
    DeliveryList,
    NoticePage,
    ReadIn,
    ReadOut,
    ResendIn,
    ResendOut,
    SubscriberChange,
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
Number = Annotated[PlainInt, Path(ge=1, le=2_000_000_000)]


def read_uuid(text: str) -> UUID:
    """The number of a delivery; Invalid `bad_uuid`."""
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("bad_uuid", "delivery：不是编号", "delivery: is no number", field="delivery") from None


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


@router.patch("/subscribers/{number}", status_code=204, openapi_extra=dict(told(SubscriberChange)))
def change_subscriber(
    engine: EngineDep, number: Number, given: Annotated[SubscriberChange, Depends(body_of(SubscriberChange))]
) -> Response:
    """Stop a subscriber, or let it go on; what happened in between is not sent afterwards."""
    service.change_subscriber(engine, number, active=given.active)
    return Response(status_code=204)


@router.get("/subscribers/{number}/deliveries", response_model=DeliveryList)
def list_deliveries(
    engine: EngineDep, number: Number, limit: Annotated[PlainInt, Query(ge=1, le=200)] = 50
) -> Response:
    """What became of the latest messages of a subscriber: taken, waiting, or given up, and why."""
    found = jsonable_encoder(service.list_deliveries(engine, number, count=limit))
    return JSONResponse({"items": found}, headers=NO_STORE)


@router.post("/subscribers/{number}/resend", response_model=ResendOut, openapi_extra=dict(told(ResendIn)))
def resend_deliveries(
    engine: EngineDep, number: Number, given: Annotated[ResendIn, Depends(body_of(ResendIn))]
) -> Response:
    """Send anew what was not taken, one delivery or all; the ids stay, so that a receiver drops a second copy."""
    one = None if given.delivery is None else read_uuid(given.delivery)
    return JSONResponse({"deliveries": service.send_again(engine, number, one)}, headers=NO_STORE)


@router.delete("/subscribers/{number}", status_code=204)
def end_subscriber(engine: EngineDep, number: Number) -> Response:
    """Send nothing more to a subscriber; what was sent stays on record."""
    service.unsubscribe(engine, number)
    return Response(status_code=204)
