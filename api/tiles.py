"""Vector tiles of the map pages: `/tiles/{layer}/{z}/{x}/{y}.mvt`, straight from PostGIS."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from api.answers import has_already
from api.deps import EngineDep, SettingsDep, refuse_unknown_parameters
from api.questions import QuestionDep, cache_dir
from gis.base.errors import NotFound
from gis.coverage.service import stored_layer
from gis.db.engine import unit_of_work
from gis.db.tiles import TileAddress, vector_tile

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
COVERAGE_ZOOM = 11

router = APIRouter(prefix="/tiles", tags=["tiles"], dependencies=[Depends(refuse_unknown_parameters)])

_ORDINAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def _read_ordinal(value: object) -> int:
    """One address a tile: neither signs, leading zeros nor the underscores that Python's own reader takes."""
    if isinstance(value, str) and _ORDINAL.fullmatch(value):
        return int(value)
    raise ValueError("not a zoom, column or row")


Ordinal = Annotated[int, BeforeValidator(_read_ordinal)]


@dataclass(frozen=True, slots=True)
class Part:
    """One named statement of a tile and the zooms it is asked at."""

    package: str
    name: str
    min_zoom: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """A tile layer: its parts are concatenated; `max_age_s` 0 means ask again every time."""

    parts: tuple[Part, ...]
    min_zoom: int
    max_zoom: int
    max_age_s: int


LAYERS = {
    "base": Layer(
        (
            Part("gis.register", "tile_barriers"),
            Part("gis.walking", "tile_streets"),
            Part("gis.register", "tile_buildings", min_zoom=14),
        ),
        min_zoom=9,
        max_zoom=20,
        max_age_s=60,
    ),
    "grids": Layer((Part("gis.areas", "tile_grids"),), min_zoom=10, max_zoom=20, max_age_s=0),
    "bounds": Layer((Part("gis.areas", "tile_bounds"),), min_zoom=9, max_zoom=20, max_age_s=60),
    "labels": Layer(
        (
            Part("gis.areas", "tile_labels"),
            Part("gis.register", "tile_labels", min_zoom=12),
            Part("gis.walking", "tile_labels", min_zoom=15),
        ),
        min_zoom=9,
        max_zoom=20,
        max_age_s=60,
    ),
}


def tile_response(request: Request, content: bytes, max_age_s: int = 0) -> Response:
    """A tile as an answer: 204 when empty, 304 when the browser has it, never in a shared cache."""
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'
    caching = f"private, max-age={max_age_s}" if max_age_s else "private, no-cache"
    headers = {"ETag": etag, "Cache-Control": caching}
    if has_already(request, etag):
        return Response(status_code=304, headers=headers)
    if not content:
        return Response(status_code=204, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "Mapbox vector tile"},
    204: {"description": "Nothing is drawn here"},
    304: {"description": "The browser's copy is current"},
}


@router.get("/coverage/{z}/{x}/{y}.mvt", operation_id="getCoverageTile", responses=RESPONSES)
def coverage_tile(
    request: Request,
    engine: EngineDep,
    z: Ordinal,
    x: Ordinal,
    y: Ordinal,
    settings: SettingsDep,
    question: QuestionDep,
) -> Response:
    """Inhabited buildings by whether a station of these types is within the walk; computed once, then stored."""
    address = TileAddress(z, x, y)
    if z < COVERAGE_ZOOM:
        return tile_response(request, b"")
    layer, limit, margin = stored_layer(engine, question, cache_dir(settings))
    with unit_of_work(engine) as session:
        content = vector_tile(
            session, "gis.coverage", "tile_coverage", address, layer=layer, limit=limit, margin=margin
        )
    return tile_response(request, content)


@router.get(
    "/{layer}/{z}/{x}/{y}.mvt",
    operation_id="getTile",
    responses=RESPONSES,
)
def tile(request: Request, engine: EngineDep, layer: str, z: Ordinal, x: Ordinal, y: Ordinal) -> Response:
    """One vector tile of a named layer; empty outside its zooms, 404 for an unknown layer."""
    found = LAYERS.get(layer)
    if found is None:
        raise NotFound("no_such_tile_layer", f"没有图层 {layer[:40]}", f"there is no layer {layer[:40]}")
    address = TileAddress(z, x, y)
    if not found.min_zoom <= z <= found.max_zoom:
        return tile_response(request, b"", found.max_age_s)
    with unit_of_work(engine) as session:
        content = b"".join(
            vector_tile(session, part.package, part.name, address)
            for part in found.parts
            if z >= part.min_zoom
        )
    return tile_response(request, content, found.max_age_s)
