"""Areas in the database: the grid of one point, the grids as an index, many points assigned at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.areas.model import LocatedPoint
from gis.areas.planes import NEAREST_REACH_M, SAME_M, plane_key, plane_names, window_deg
from gis.base.crs import LONLAT
from gis.base.errors import Invalid
from gis.db.sql import load

if TYPE_CHECKING:
    from gis.areas.locate import GridIndex

PACKAGE = "gis.areas"


def refuse_unknown_area(session: Session, code: str) -> None:
    """Invalid `unknown_area` for a code no area ever had, rather than an empty answer to a typing error."""
    if not session.scalar(text("SELECT EXISTS (SELECT FROM area WHERE code = :code)"), {"code": code}):
        raise Invalid("unknown_area", f"没有此区域：{code}", f"There is no such area: {code}", field="area")


def locate(session: Session, lon: float, lat: float) -> LocatedPoint:
    """The current grid of one point in lon/lat degrees, by one statement (`sql/locate.sql`)."""
    row = session.execute(load(PACKAGE, "locate"), locate_parameters(lon, lat)).one()
    return LocatedPoint(**row._mapping)


def locate_served(session: Session, lon: float, lat: float) -> tuple[LocatedPoint, int]:
    """As `locate`, with the scope area it belongs to; Invalid `outside_service_area` where that is none."""
    found = locate(session, lon, lat)
    if not found.served or found.scope_area_id is None:
        raise outside_service_area(lon, lat)
    return found, found.scope_area_id


def outside_service_area(lon: float, lat: float) -> Invalid:
    """The refusal of a point in WGS-84 degrees that neither the service area nor a grid holds."""
    return Invalid(
        "outside_service_area",
        f"该位置（{lon:.6f}, {lat:.6f}）不在服务范围内",
        f"This place ({lon:.6f}, {lat:.6f}) is outside the service area",
        field="geometry.coordinates",
    )


def served(session: Session, shape: shapely.Geometry) -> bool:
    """Whether a geometry in lon/lat degrees lies in the service area whole; also where none is set."""
    found: bool = session.execute(load(PACKAGE, "served"), {"shape": shapely.to_wkb(shape)}).scalar_one()
    return found


def locate_parameters(lon: float, lat: float) -> dict[str, Any]:
    """What `sql/locate.sql` needs to know of a point: the same plane, reach and tie as in bulk."""
    srid, proj = plane_names(plane_key(lon))
    wide, high = window_deg(lat)
    return {
        "lon": lon,
        "lat": lat,
        "lonlat": LONLAT,
        "plane_srid": srid,
        "plane_proj": proj,
        "wide_deg": float(wide),
        "high_deg": high,
        "reach_m": NEAREST_REACH_M,
        "same_m": SAME_M,
    }


@dataclass(frozen=True, slots=True)
class StoredGrids:
    """All current grids: their ids (g,) in the order of the index's codes."""

    ids: npt.NDArray[np.int64]
    index: GridIndex


def grid_index(session: Session) -> StoredGrids:
    """All current grids made ready for `locate_many`; Invalid `no_grids` where there are none."""
    from gis.areas.locate import build_grid_index  # with numba, which one point does not need

    rows = session.execute(load(PACKAGE, "grids")).all()
    ids = np.array([row.id for row in rows], dtype=np.int64)
    codes = np.array([row.code for row in rows], dtype=object)
    return StoredGrids(ids, build_grid_index(codes, shapely.from_wkb([row.wkb for row in rows])))
