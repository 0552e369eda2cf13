"""Reports: what a person sends, and the receipt for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.deps import EngineDep, JsonBody
from api.schemas import ReceiptOut
from gis.events import reading, service
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
def file_report(engine: EngineDep, body: JsonBody) -> Response:
    """Send a report. 201 means it is stored; the same body again gives 200 and the same answer.

    The client makes the UUID (version 7), so that it may send again after a lost answer, however late.
    """
    receipt = service.file_report(engine, validate_report(body))
    headers = {"Cache-Control": "no-store"}
    if receipt.replay:
        headers["Idempotent-Replay"] = "true"
    return Response(receipt.body, 200 if receipt.replay else 201, headers, "application/json")


@router.get("/{report_id}", response_model=ReceiptOut)
def read_report(
    engine: EngineDep,
    report_id: str,
    tracking_code: Annotated[str, Header(description="查询码 / the tracking code of the receipt")] = "",
) -> Response:
    """The receipt of a report again, for whoever has its tracking code; otherwise 404."""
    body = reading.read_receipt(engine, report_id, tracking_code)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
