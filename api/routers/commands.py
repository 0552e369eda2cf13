"""Commands on events: one, or many at once; what may be done now; what became of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.answers import text_answer
from api.bodies import if_match, told
from api.command_schemas import (
    ActionList,
    CommandHeld,
    CommandIn,
    CommandOut,
    CommandResults,
    CommandsIn,
    SentCommands,
)
from api.deps import EngineDep, SettingsDep, batch_body, json_body
from api.errors import status_of
from api.handler_schemas import HandlerList
from api.numbers import PlainInt
from api.routers.attachments import BODY, FOLDER, photo_body
from api.schemas import AttachmentOut
from gis.base.errors import Invalid, NotFound, WanggeError
from gis.events.readers import read_uuid7
from gis.events.workflow import reading, service
from gis.events.workflow.model import Answer, Command
from gis.events.workflow.photos import store_command_photo
from gis.events.workflow.validate import read_command

router = APIRouter(tags=["commands"])
Asked = Annotated[str, Path(max_length=40)]
NO_STORE = {"Cache-Control": "no-store"}


async def _version(
    given: Annotated[str, Header(alias="If-Match", description='`"3"`', max_length=200)] = "",
) -> int | None:
    return await if_match(given) if given else None


Version = Annotated[int | None, Depends(_version)]


@contextmanager
def _bounded(request: Request) -> Iterator[None]:
    """Let no account have more commands refused than its rate: each refusal is kept, and audited."""
    rates, who = request.app.state.rates, f"account {request.state.caller.account_id}"
    rates.require_room("refused commands", who)
    try:
        yield
    except WanggeError as error:
        if error.noted:
            rates.allows("refused commands", who)
        raise


def _answer(done: Answer) -> Response:
    if done.held:
        return Response(done.body, 202, NO_STORE, "application/json")
    version = json.loads(done.body)["version"]
    headers = NO_STORE | {"ETag": f'"{version}"'} | ({"Idempotent-Replay": "true"} if done.replay else {})
    return Response(done.body, 200, headers, "application/json")


@router.post(
    "/events/{event_id}/commands",
    response_model=CommandOut,
    openapi_extra=dict(told(CommandIn)),
    responses={202: {"model": CommandHeld, "description": "It waits for the command it is to follow"}},
)
def take_command(
    request: Request,
    engine: EngineDep,
    event_id: Asked,
    raw: Annotated[Any, Depends(json_body)],
    version: Version,
) -> Response:
    """Take a step: accept, dispatch, sign, report done, close, …, as the event's workflow allows.

    The same command again gets the same answer (`Idempotent-Replay`). 428 `version_required` when it does not say
    which version of the event it was made from, 412 `stale_version` when that is not the present one. 429
    `too_many_refused` for an account that had too many refused (`WANGGE_RATE_REFUSED_COMMANDS`).
    """
    command = read_command(raw, event_id, version)
    with _bounded(request):
        return _answer(service.take_command(engine, command))


@router.post("/commands", response_model=CommandResults, openapi_extra=dict(told(CommandsIn)))
def take_commands(request: Request, engine: EngineDep, raw: Annotated[Any, Depends(batch_body)]) -> Response:
    """Take up to 200 commands in their order, each by itself: one that is refused keeps no other from being taken."""
    if not isinstance(raw, dict) or set(raw) != {"items"} or not isinstance(raw["items"], list):
        raise Invalid("bad_items", "应为 {items: […]}", "must be {items: […]}", field="items")
    if not 0 < len(raw["items"]) <= service.MOST_AT_ONCE:
        raise Invalid(
            "too_many_commands",
            f"一次 1 到 {service.MOST_AT_ONCE} 条命令",
            f"1 to {service.MOST_AT_ONCE} commands at once",
            field="items",
        )
    read = [_read(one) for one in raw["items"]]
    given = [one for one in read if isinstance(one, Command)]
    done = iter(service.take_many(engine, given, around=partial(_bounded, request)))
    items = [
        _result(raw_one, one if isinstance(one, WanggeError) else next(done))
        for raw_one, one in zip(raw["items"], read, strict=True)
    ]
    return JSONResponse({"items": items}, headers=NO_STORE)


def _read(raw: object) -> Command | WanggeError:
    try:
        return read_command(raw)
    except WanggeError as error:
        return error


def _result(raw: object, done: Answer | WanggeError) -> dict[str, Any]:
    """What became of one; its id is told as it was sent, when it is one."""
    sent = raw.get("id") if isinstance(raw, dict) else None
    try:
        name = str(read_uuid7(sent, "id"))
    except WanggeError:
        name = None
    if isinstance(done, WanggeError):
        problem = {"code": done.code, "detail": done.zh, "detail_en": done.en, "field": done.field}
        return {"id": name, "status": status_of(done), "problem": problem | done.facts}
    body = json.loads(done.body) | ({} if done.held else {"replay": done.replay})
    return {"id": name, "status": 202 if done.held else 200, "answer": body}


@router.get("/events/{event_id}/actions", response_model=ActionList)
def list_actions(
    engine: EngineDep,
    event_id: Asked,
    everything: Annotated[bool, Query(alias="all", description="also what may not be done, and why")] = False,
) -> Response:
    """The steps the caller may take now, with what each requires."""
    version, items = reading.actions(engine, event_id, everything=everything)
    body = json.dumps({"version": version, "items": items}, ensure_ascii=False)
    return text_answer(body, headers={"ETag": f'"{version}"'})


@router.get("/events/{event_id}/handlers", response_model=HandlerList)
def list_handlers(engine: EngineDep, event_id: Asked) -> dict[str, Any]:
    """Whom the caller may assign the event to now; refused as `assign` would be where they may not."""
    items, more = reading.handlers(engine, event_id)
    return {"items": items, "more": more}


@router.get("/commands", response_model=SentCommands)
def list_commands(
    engine: EngineDep,
    _mine: Annotated[
        Literal["true"], Query(alias="mine", description="one's own; there is no other list")
    ] = "true",
    state: Annotated[Literal["taken", "refused", "held"] | None, Query()] = None,
    limit: Annotated[PlainInt, Query(ge=1, le=500)] = 100,
) -> Response:
    """One's newest commands and what became of them: every refusal is told here, with its reason."""
    return text_answer(f'{{"items":{reading.my_commands(engine, state=state, limit=limit)}}}')


@router.put(
    "/commands/{command_id}/photos/{sha256}",
    status_code=201,
    response_model=AttachmentOut,
    openapi_extra=BODY,
    responses={200: {"model": AttachmentOut, "description": "It was here already"}},
)
def store_step_photo(
    engine: EngineDep,
    settings: SettingsDep,
    command_id: Asked,
    sha256: str,
    data: Annotated[bytes, Depends(photo_body)],
) -> Response:
    """Send a photo that a command of one's own announced; it is encoded anew, as photos of reports are."""
    try:
        command = read_uuid7(command_id, "id")
    except Invalid:
        raise NotFound(
            "attachment_not_announced", "没有命令提到这张照片", "No command announces this photo"
        ) from None
    kept, new = store_command_photo(engine, settings.state_dir / FOLDER, command, sha256, data)
    body = {"sha256": kept.sha256, "bytes": kept.size, "width": kept.width, "height": kept.height}
    return JSONResponse(body, 201 if new else 200, NO_STORE)
