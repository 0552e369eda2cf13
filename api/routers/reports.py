"""Reports: what a person sends, the receipt for it, my own, and how to reach who sent one."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import JSONResponse, Response

from api.account_schemas import ReasonIn
from api.bodies import body_of, told
from api.cursor import read_cursor, write_cursor
from api.deps import AskingDep, BatchBody, CallerDep, EngineDep, JsonBody, SettingsDep
from api.intake_schemas import BatchIn, BatchOut, ConfirmIn, ConfirmOut
from api.intake_views import batch_answer, items_of
from api.numbers import PlainInt
from api.reporter_schemas import ContactOut, MyReports
from api.schemas import ReceiptOut
from gis.accounts.login import require_session
from gis.base.errors import Invalid
from gis.events import contacts, intake_batch, intake_place, reading, service
from gis.events.validate import validate_report

router = APIRouter(prefix="/reports", tags=["reports"])

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReportIn"}}},
    }
}


@router.post(
    "",
    status_code=201,
    response_model=ReceiptOut,
    openapi_extra=BODY,
    responses={200: {"model": ReceiptOut, "description": "The same report again: the same answer"}},
)
async def file_report(request: Request, asking: AskingDep, caller: CallerDep, body: JsonBody) -> Response:
    """Send a report. 201 means it is stored; the same body again gives 200 and the same answer.

    The client makes the UUID (version 7), so that it may send again after a lost answer, however late.
    """
    engine = request.app.state.engine
    receipt = await service.file_report_alone(asking, engine, caller.scope, validate_report(body))
    headers = {"Cache-Control": "no-store"}
    if receipt.replay:
        headers["Idempotent-Replay"] = "true"
    return Response(receipt.body, 200 if receipt.replay else 201, headers, "application/json")


@router.post(
    "/batch",
    response_model=BatchOut,
    openapi_extra=dict(told(BatchIn)),
)
def file_batch(engine: EngineDep, body: BatchBody) -> Response:
    """Send up to 1,000 reports at once. Each is taken in, replayed or refused as if it had come alone.

    The answer is 200 with a result for each, in order; one that is refused never costs the others.
    """
    results = intake_batch.file_reports(engine, items_of(body))
    return Response(batch_answer(results), 200, {"Cache-Control": "no-store"}, "application/json")


@router.post("/{report_id}/confirm", response_model=ConfirmOut, openapi_extra=dict(told(ConfirmIn)))
def confirm_report(
    engine: EngineDep,
    report_id: str,
    given: Annotated[ConfirmIn, Depends(body_of(ConfirmIn))],
    tracking_code: Annotated[str, Header(description="查询码 / the tracking code of the receipt")] = "",
) -> Response:
    """Answer a receipt that asked `confirm`: the grid is right, it is not, or where the place is instead.

    For whoever sent the report, or has its tracking code. The same answer again gives the same.
    """
    point = None
    if given.geometry is not None:
        if given.coord_sys is None:
            raise Invalid("missing", "缺少 coord_sys", "coord_sys is missing", field="coord_sys")
        point = (given.geometry.model_dump(), str(given.coord_sys))
    kept = intake_place.confirm_place(engine, report_id, tracking_code, given.answer, point)
    body = {"report": report_id.lower(), "answer": kept.answer, "at": kept.at.isoformat()}
    headers = {"Cache-Control": "no-store"} | ({"Idempotent-Replay": "true"} if kept.replay else {})
    return JSONResponse(body, headers=headers)


@router.get("", response_model=MyReports)
def list_my_reports(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    limit: Annotated[PlainInt, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=200)] = None,
) -> Response:
    """The reports I sent while logged in, newest first, and where each stands. An access token is not enough."""
    require_session(caller)
    bound = ("my reports", caller.account_id)
    after = None if cursor is None else read_cursor(settings.cursor_secret, bound, cursor)
    page = reading.list_my_reports(engine, limit=limit, after=after)
    following = None if page.next is None else write_cursor(settings.cursor_secret, bound, page.next)
    body = f'{{"items":[{",".join(page.items)}],"next":{json.dumps(following)}}}'
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/{report_id}/contact", response_model=ContactOut, openapi_extra=dict(told(ReasonIn)))
def reveal_contact(
    engine: EngineDep, report_id: str, given: Annotated[ReasonIn, Depends(body_of(ReasonIn))]
) -> Response:
    """The reporter's name and telephone in full, for a stated reason; who asked, when and why goes on record."""
    found = contacts.reveal_contact(engine, report_id, given.reason)
    body = {"name": found.name, "phone": found.phone}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/{report_id}", response_model=ReceiptOut)
def read_report(
    engine: EngineDep,
    report_id: str,
    tracking_code: Annotated[str, Header(description="查询码 / the tracking code of the receipt")] = "",
) -> Response:
    """The receipt of a report again, for whoever has its tracking code; otherwise 404."""
    body = reading.read_receipt(engine, report_id, tracking_code)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
