"""Areas: the card of one, what lies below it, which grid a point belongs to."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.answers import GEOJSON, tagged_answer, text_answer
from api.area_schemas import AreaBelow, AreaCard, LocateOut
from api.deps import EngineDep
from api.numbers import FiniteFloat
from api.schemas import FeaturePage
from gis.base.datum import CoordSys
from gis.events import places
from gis.events.readers import read_natural_code
from gis.events.validate import LARGEST_ACCURACY_M

router = APIRouter(tags=["areas"])


@router.get("/areas", response_model=list[AreaBelow])
def list_areas(
    engine: EngineDep,
    parent: Annotated[str | None, Query(description="code; the roots when absent", max_length=40)] = None,
) -> Response:
    """The areas right below one, with their open events."""
    code = None if parent is None else read_natural_code(parent, "parent")
    return text_answer(places.areas_below(engine, code))


@router.get("/areas/{code}", response_model=AreaCard)
def read_area(engine: EngineDep, code: str) -> Response:
    """The card of an area: posts (grid lead, grid worker, substitute), parents, people, open events."""
    return text_answer(places.area_card(engine, read_natural_code(code, "code")))


@router.get(
    "/grids.geojson",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON"}},
)
def grid_features(
    request: Request,
    engine: EngineDep,
    area: Annotated[str | None, Query(description="区域代码，含其下级", max_length=40)] = None,
    level: Annotated[
        Literal["province", "city", "district", "subdistrict", "community", "grid"], Query()
    ] = "grid",
) -> Response:
    """The grids (or the areas of another level) as GeoJSON, 7 decimals."""
    within = None if area is None else read_natural_code(area, "area")
    return tagged_answer(request, places.grid_features(engine, level, within=within), GEOJSON)


@router.get("/locate", response_model=LocateOut)
def locate(
    engine: EngineDep,
    lon: Annotated[FiniteFloat, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[FiniteFloat, Query(ge=-180, le=180, allow_inf_nan=False)],
    coord_sys: Annotated[str, Query(description="wgs84, gcj02, bd09, cgcs2000")],
    accuracy_m: Annotated[FiniteFloat | None, Query(ge=0, le=LARGEST_ACCURACY_M, allow_inf_nan=False)] = None,
) -> places.LocateAnswer:
    """Which grid a point belongs to, how it was found, how far the border is, whether to ask the reporter."""
    return places.locate_point(engine, lon, lat, CoordSys.parse(coord_sys), accuracy_m)
