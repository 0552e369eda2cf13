"""Events that may be the same, “me too”, and events that no grid owns."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.bodies import body_of, told
from api.cursor import read_cursor, write_cursor
from api.deps import EngineDep, SettingsDep
from api.intake_schemas import MeTooIn, MeTooOut, SimilarOut, UnplacedPage
from api.numbers import PlainFloat, PlainInt
from gis.base.datum import CoordSys
from gis.events import intake_place
from gis.events.duplicates import service
from gis.events.duplicates.service import RADIUS_M, WIDEST_M, Typed
from gis.events.readers import read_category, read_string
from gis.events.validate import LONGEST_TEXT

router = APIRouter(prefix="/events", tags=["events"])
PRIVATE = {"Cache-Control": "no-store"}


@router.get("/similar", response_model=SimilarOut)
def similar_events(  # noqa: PLR0917 - the parameters of the address
    engine: EngineDep,
    settings: SettingsDep,
    lon: Annotated[PlainFloat, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[PlainFloat, Query(ge=-90, le=90, allow_inf_nan=False)],
    coord_sys: CoordSys,
    category: Annotated[str, Query(description="scheme:kind:code", max_length=80)],
    text: Annotated[
        str | None, Query(description="what has been typed so far", max_length=LONGEST_TEXT)
    ] = None,
    photo: Annotated[
        str | None,
        Query(description="a difference hash (16 hex digits), or the SHA-256 of a sent photo", max_length=64),
    ] = None,
    radius_m: Annotated[PlainFloat, Query(ge=10, le=WIDEST_M, allow_inf_nan=False)] = RADIUS_M,
) -> Response:
    """Open events that may be what is being reported: whole in the caller's scope, roughly in public space elsewhere.

    A score is the weighted mean of its parts: distance, category, text, photo, time.
    """
    words = None if not (text or "").strip() else read_string(text, "text", longest=LONGEST_TEXT)
    key = read_category(category, "category")
    typed = Typed(lon, lat, str(coord_sys), key, words, photo, radius_m)
    whole, rough = service.find_similar(engine, settings, typed)
    events = [
        one.facts
        | {"opened_at": one.facts["opened_at"].isoformat(), "score": one.score}
        | {"parts": [asdict(part) | {"value": round(part.value, 3)} for part in one.parts]}
        for one in whole
    ]
    return JSONResponse({"events": events, "nearby": [asdict(one) for one in rough]}, headers=PRIVATE)


@router.post("/{reference}/me-too", response_model=MeTooOut, openapi_extra=dict(told(MeTooIn)))
def say_me_too(
    engine: EngineDep,
    settings: SettingsDep,
    reference: Annotated[str, Path(max_length=200, description="`ref` of similar events, or an event's id")],
    given: Annotated[MeTooIn, Depends(body_of(MeTooIn))],
) -> Response:
    """Say of an open event that it is there too: counted once for an account, or else a device.

    The answer has a tracking code of one's own; saying it again gives the same one.
    """
    return JSONResponse(
        asdict(service.say_me_too(engine, settings, reference, given.device)), headers=PRIVATE
    )


@router.get("/unplaced", response_model=UnplacedPage)
def list_unplaced(
    engine: EngineDep,
    settings: SettingsDep,
    limit: Annotated[PlainInt, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=200)] = None,
) -> Response:
    """Open events outside every grid, oldest first, with the grids nearest to each.

    Whose one is, staff say by the command `correct`.
    """
    after = None if cursor is None else read_cursor(settings.cursor_secret, "unplaced", cursor)
    page = intake_place.list_unplaced(engine, limit=limit, after=after)
    following = None if page.next is None else write_cursor(settings.cursor_secret, "unplaced", page.next)
    body = f'{{"items":[{",".join(page.items)}],"count":{page.count},"next":{json.dumps(following)}}}'
    return Response(body, media_type="application/json", headers=PRIVATE)
