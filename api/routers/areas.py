"""Areas: the card of one, what lies below it, which grid a point belongs to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import text_answer
from api.deps import EngineDep
from api.schemas import AreaBelow, AreaCard, LocateOut
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


@router.get("/locate", response_model=LocateOut)
def locate(
    engine: EngineDep,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    coord_sys: Annotated[str, Query(description="wgs84, gcj02, bd09, cgcs2000")],
    accuracy_m: Annotated[float | None, Query(ge=0, le=LARGEST_ACCURACY_M, allow_inf_nan=False)] = None,
) -> places.LocateAnswer:
    """Which grid a point belongs to, how it was found, how far the border is, whether to ask the reporter."""
    return places.locate_point(engine, lon, lat, CoordSys.parse(coord_sys), accuracy_m)
