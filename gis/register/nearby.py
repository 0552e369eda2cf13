"""What stands near a point: the compounds and buildings a reporter may pick instead of typing an address."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from gis.areas.planes import window_deg
from gis.base.crs import LONLAT
from gis.base.datum import refuse_swapped, to_wgs84
from gis.db.engine import unit_of_work
from gis.db.sql import load

REACH_M = 60.0
MOST = 20


def places_near(engine: Engine, lon: float, lat: float, coord_sys: str) -> list[dict[str, Any]]:
    """Compounds and buildings within 60 m of a point given in `coord_sys`, nearest first, 20 at most."""
    refuse_swapped(lon, lat)
    x, y = to_wgs84(lon, lat, coord_sys)
    wide, high = window_deg(y, REACH_M)
    parameters = {
        "lon": x,
        "lat": y,
        "lonlat": LONLAT,
        "wide_deg": float(wide),
        "high_deg": high,
        "reach_m": REACH_M,
        "row_limit": MOST,
    }
    with unit_of_work(engine) as session:
        rows = session.execute(load("gis.register", "places_near"), parameters).all()
    return [dict(row._mapping) for row in rows]
