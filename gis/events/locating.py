"""Where a report belongs: its grid and scope area, and when the place is refused."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gis.areas import store as areas
from gis.areas.model import needs_confirmation
from gis.base.errors import Invalid


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report was located: lon, lat in WGS-84 degrees, ids of grid and scope area, how, metres."""

    lon: float
    lat: float
    grid_id: int | None
    scope_area_id: int
    scope_code: str
    method: str
    border_distance_m: float | None
    confirm: bool


def locate_report(session: Session, lon: float, lat: float, accuracy_m: float | None) -> Place:
    """Grid and scope area of a point in WGS-84 degrees; Invalid `outside_service_area`."""
    found = areas.locate(session, lon, lat)
    if not found.served or found.scope_area_id is None or found.scope_code is None:
        raise Invalid(
            "outside_service_area",
            f"该位置（{lon:.6f}, {lat:.6f}）不在服务范围内",
            f"This place ({lon:.6f}, {lat:.6f}) is outside the service area",
            field="geometry.coordinates",
        )
    return Place(
        lon=lon,
        lat=lat,
        grid_id=found.grid_id,
        scope_area_id=found.scope_area_id,
        scope_code=found.scope_code,
        method=found.method,
        border_distance_m=found.border_distance_m,
        confirm=needs_confirmation(found.method, found.border_distance_m, accuracy_m),
    )
