"""The audit: who did or saw what, within the subtrees one reads it for."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from api.account_schemas import AuditPage
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import EngineDep, SettingsDep
from api.filters import read_moment
from api.numbers import PlainInt
from gis.accounts import audit_reading as reading
from gis.accounts.audit_reading import AuditEntry, AuditFilter, AuditPosition
from gis.events.readers import read_natural_code, read_string

router = APIRouter(tags=["audit"])
LONGEST = 200
Word = Annotated[str | None, Query(max_length=LONGEST)]


def _word(value: str | None, field: str) -> str | None:
    return read_string(value, field, longest=LONGEST) if value else None


def _entry(row: AuditEntry) -> dict[str, Any]:
    shown = asdict(row) | {"at": row.at.isoformat()}
    code, name = shown.pop("area_code"), shown.pop("area_name")
    return shown | {"area": None if code is None else {"code": code, "name": name}}


def _after(secret: str, bound: AuditFilter, cursor: str) -> AuditPosition:
    moment, _, number = read_word_cursor(secret, bound, cursor).partition(" ")
    return AuditPosition(datetime.fromisoformat(moment), int(number))


@router.get("/audit", response_model=AuditPage)
def list_audit(  # noqa: PLR0913, PLR0917 - FastAPI reads the query parameters from the signature
    engine: EngineDep,
    settings: SettingsDep,
    actor: Word = None,
    action: Word = None,
    object_type: Word = None,
    object_id: Word = None,
    result: Annotated[Literal["ok", "refused", "failed"] | None, Query()] = None,
    area: Annotated[str | None, Query(description="区域代码，含其下级", max_length=40)] = None,
    from_: Annotated[str | None, Query(alias="from", description="RFC 3339 or a day", max_length=40)] = None,
    to: Annotated[
        str | None, Query(description="RFC 3339 (excluded) or a day (included)", max_length=40)
    ] = None,
    limit: Annotated[PlainInt, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=300)] = None,
) -> Response:
    """The audit, newest first, page by page. Reading it is on record as well."""
    wanted = AuditFilter(
        actor=_word(actor, "actor"),
        action=_word(action, "action"),
        object_type=_word(object_type, "object_type"),
        object_id=_word(object_id, "object_id"),
        result=result,
        area=None if area is None else read_natural_code(area, "area"),
        since=None if from_ is None else read_moment(from_, "from"),
        until=None if to is None else read_moment(to, "to", end=True),
    )
    after = None if cursor is None else _after(settings.cursor_secret, wanted, cursor)
    page = reading.list_audit(engine, wanted, limit=limit, after=after)
    following = None
    if page.next is not None:
        told = f"{page.next.at.isoformat()} {page.next.id}"
        following = write_word_cursor(settings.cursor_secret, wanted, told)
    body = {"items": [_entry(row) for row in page.items], "next": following}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
