"""Changes of stations, gates and streets made for real, and the record of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse, Response

from api.bodies import body_of, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep
from api.numbers import PlainInt
from api.planning_schemas import EditIn, EditList, EditMade
from api.planning_views import committed_view, edit_view
from api.questions import cache_dir
from gis.coverage import editing
from gis.coverage.edit_rules import read_edit

router = APIRouter(prefix="/edits", tags=["scenarios"])
NO_STORE = {"Cache-Control": "private, no-store"}


@router.post("", status_code=201, response_model=EditMade, openapi_extra=dict(told(EditIn)))
def make_edit(
    engine: EngineDep, settings: SettingsDep, given: Annotated[EditIn, Depends(body_of(EditIn))]
) -> Response:
    """Change a station, a gate or a street for real; every stored answer changes in the same transaction."""
    done = editing.commit_edit(engine, read_edit(given.edit), cache_dir(settings))
    return JSONResponse({"id": done.ids[0], **committed_view(done)}, 201, NO_STORE)


@router.get("", response_model=EditList)
def list_edits(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    limit: Annotated[PlainInt, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """What was changed for real in the areas I may change, the latest first."""
    bound = ("edits", caller.account_id)
    before = None if cursor is None else int(read_word_cursor(settings.cursor_secret, bound, cursor))
    found = editing.list_edits(engine, limit + 1, before)
    page = found[:limit]
    more = len(found) > limit
    following = write_word_cursor(settings.cursor_secret, bound, str(page[-1]["id"])) if more else None
    return JSONResponse({"items": [edit_view(row) for row in page], "next": following}, headers=NO_STORE)
