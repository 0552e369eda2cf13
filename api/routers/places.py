"""Places near a point, to pick an address from."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.deps import EngineDep
from api.numbers import FiniteFloat
from gis.base.datum import CoordSys
from gis.register.nearby import places_near

router = APIRouter(tags=["register"])


class PlaceOut(BaseModel):
    """A compound or a building, and how far away it is."""

    kind: Literal["compound", "building"]
    code: str
    name: str | None
    distance_m: float


class PlacesOut(BaseModel):
    """Places near a point, nearest first."""

    items: list[PlaceOut]


@router.get("/places", response_model=PlacesOut)
def list_places(
    engine: EngineDep,
    lon: Annotated[FiniteFloat, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[FiniteFloat, Query(ge=-180, le=180, allow_inf_nan=False)],
    coord_sys: Annotated[str, Query(description="wgs84, gcj02, bd09, cgcs2000", max_length=16)],
) -> PlacesOut:
    """Compounds and buildings within 60 m, whose codes a report's address may carry."""
    found = places_near(engine, lon, lat, CoordSys.parse(coord_sys))
    return PlacesOut(items=[PlaceOut(**place) for place in found])
