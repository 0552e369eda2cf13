"""Events: the list, the map's features, the counts, one event, and what became of a report."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from api.answers import GEOJSON, tagged_answer, text_answer
from api.cursor import read_cursor, write_cursor
from api.deps import EngineDep, SettingsDep
from api.filters import FilterDep
from api.inbox_schemas import InboxOut
from api.numbers import PlainInt
from api.routers.attachments import FOLDER, SHOWN, photo_answer, photo_name
from api.schemas import EventDetail, EventPage, EventSummary, FeaturePage
from api.track_schemas import TrackOut
from gis.events import photos, reading
from gis.events.filters import EventFilter
from gis.events.reading import Page

router = APIRouter(tags=["events"])
Cursor = Annotated[str | None, Query(description="`next` of the page before", max_length=200)]


def _paged(
    request: Request, page: Page, wanted: EventFilter, secret: str, head: str, media_type: str
) -> Response:
    cursor = None if page.next is None else write_cursor(secret, wanted, page.next)
    body = f'{head}[{",".join(page.items)}],"next":{json.dumps(cursor)}}}'
    headers = {}
    if cursor is not None:
        following = request.url.include_query_params(cursor=cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return text_answer(body, media_type, headers=headers)


@router.get("/events", response_model=EventPage)
def list_events(
    request: Request,
    engine: EngineDep,
    settings: SettingsDep,
    wanted: FilterDep,
    limit: Annotated[PlainInt, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = None,
) -> Response:
    """Events, newest first or by `sort=due`, page by page; what is reported meanwhile never moves the pages after."""
    after = None if cursor is None else read_cursor(settings.cursor_secret, wanted, cursor)
    page = reading.list_events(engine, wanted, limit=limit, after=after)
    return _paged(request, page, wanted, settings.cursor_secret, '{"items":', "application/json")


@router.get(
    "/events.geojson",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON, with `next`"}},
)
def event_features(
    request: Request,
    engine: EngineDep,
    settings: SettingsDep,
    wanted: FilterDep,
    limit: Annotated[PlainInt, Query(ge=1, le=5000)] = 1000,
    cursor: Cursor = None,
) -> Response:
    """Events as GeoJSON, same order and filters as the list; no free text."""
    after = None if cursor is None else read_cursor(settings.cursor_secret, wanted, cursor)
    page = reading.event_features(engine, wanted, limit=limit, after=after)
    head = '{"type":"FeatureCollection","features":'
    return _paged(request, page, wanted, settings.cursor_secret, head, GEOJSON)


@router.get("/events/summary", response_model=EventSummary)
def event_summary(
    engine: EngineDep,
    wanted: FilterDep,
    level: Annotated[
        Literal["province", "city", "district", "subdistrict", "community", "grid"],
        Query(description="level of the areas counted"),
    ] = "subdistrict",
) -> Response:
    """Counts under the same filters: by status, urgency, source, family and area."""
    return text_answer(reading.event_summary(engine, wanted, level=level))


@router.get("/inbox", response_model=InboxOut)
def read_inbox(engine: EngineDep, wanted: FilterDep) -> Response:
    """How many events wait in each box of the caller's (`box=` of the list shows them), under the same filters.

    A box tells what one may look into, by state and permission; what may be done with an event its `actions` tell.
    """
    return text_answer(reading.inbox(engine, wanted), headers={"Cache-Control": "no-store"})


@router.get("/events/{event_id}", response_model=EventDetail)
def read_event(request: Request, engine: EngineDep, event_id: str) -> Response:
    """One event with its log."""
    return tagged_answer(request, reading.read_event(engine, event_id))


@router.get("/track/{code}", response_model=TrackOut, tags=["reports"])
def track(engine: EngineDep, code: str) -> Response:
    """Where a report stands, by its tracking code (typing is forgiven: case, spaces, O for 0)."""
    return text_answer(reading.track(engine, code), headers={"Cache-Control": "no-store"})


@router.get("/track/{code}/photos/{sha256}", response_class=FileResponse, responses=SHOWN, tags=["reports"])
def track_photo(
    request: Request, engine: EngineDep, settings: SettingsDep, code: str, sha256: str
) -> Response:
    """A photo that `track` names to whoever has the tracking code; 404 for any other."""
    path = photos.tracked_photo(engine, settings.state_dir / FOLDER, code, photo_name(sha256))
    return photo_answer(request, path, sha256)
