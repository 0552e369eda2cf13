"""Code lists and what stands in the district: labels, stations, gates, streets."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.answers import GEOJSON, tagged_answer
from api.deps import EngineDep
from api.filters import read_bbox
from api.schemas import CodeLists, FeaturePage
from gis.base.errors import Invalid
from gis.events.model import SOURCE_LABELS, STATUS_LABELS, URGENCY_LABELS
from gis.events.readers import read_natural_code
from gis.register.reading import gate_features, station_features
from gis.register.tables import STATION_STATUS
from gis.walking.reading import street_features

router = APIRouter(tags=["register"])


@router.get("/codes", response_model=CodeLists)
async def list_codes() -> dict[str, Any]:
    """The code lists of events with their labels: status, urgency, source."""
    lists = {"status": STATUS_LABELS, "urgency": URGENCY_LABELS, "source": SOURCE_LABELS}
    return {
        name: [{"code": str(code), "zh": zh, "en": en} for code, (zh, en) in labels.items()]  # type: ignore[attr-defined]
        for name, labels in lists.items()
    }


@router.get(
    "/stations",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON"}},
)
def list_stations(
    request: Request,
    engine: EngineDep,
    type_: Annotated[
        str | None, Query(alias="type", description="types, comma separated", max_length=600)
    ] = None,
    status: Annotated[
        str | None, Query(description="existing, under_construction, planned", max_length=60)
    ] = None,
    area: Annotated[str | None, Query(description="区域代码，含其下级", max_length=40)] = None,
) -> Response:
    """Stations as GeoJSON, ordered by code."""
    statuses = None if status is None else _words(status)
    if statuses is not None and not set(statuses) <= set(STATION_STATUS):
        known = ", ".join(STATION_STATUS)
        raise Invalid("unknown_status", f"应为以下各项：{known}", f"must be of {known}", field="status")
    types = None if type_ is None else _words(type_)
    for word in types or ():
        read_natural_code(word, "type")
    features = station_features(
        engine,
        types=types,
        statuses=statuses,
        area=None if area is None else read_natural_code(area, "area"),
    )
    body = f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
    return tagged_answer(request, body, GEOJSON)


@router.get(
    "/gates",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON"}},
)
def list_gates(
    request: Request,
    engine: EngineDep,
    bbox: Annotated[str, Query(description="left,bottom,right,top", max_length=120)],
) -> Response:
    """Gates of walled compounds in a box as GeoJSON: who may pass and when; 2,000 at most."""
    features = gate_features(engine, read_bbox(bbox))
    body = f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
    return tagged_answer(request, body, GEOJSON)


@router.get(
    "/streets",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON"}},
)
def list_streets(
    request: Request,
    engine: EngineDep,
    bbox: Annotated[str | None, Query(description="left,bottom,right,top", max_length=120)] = None,
    code: Annotated[str | None, Query(description="codes, comma separated", max_length=2_100)] = None,
) -> Response:
    """Walkable streets in a box, or of some codes, as GeoJSON: what a plan can take away; 1,000 at most."""
    if (bbox is None) == (code is None):
        raise Invalid("bad_value", "请给 bbox 或 code 之一", "give one of bbox and code", field="bbox")
    box = None if bbox is None else read_bbox(bbox)
    codes = () if code is None else _words(code)
    features = street_features(engine, box, codes)
    body = f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
    return tagged_answer(request, body, GEOJSON)


def _words(value: str) -> tuple[str, ...]:
    return tuple(sorted({word.strip() for word in value.split(",")}))
