"""Placing an event by hand: the grid staff name for it, or the place where it really is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gis.areas.model import needs_confirmation
from gis.areas.store import locate_served
from gis.base.datum import CoordSys, to_wgs84
from gis.base.errors import Invalid
from gis.db.sql import load
from gis.events.readers import choice_reader, read_natural_code, read_point

PACKAGE = "gis.events"


def placed(session: Session, event_id: uuid.UUID, data: Mapping[str, Any]) -> dict[str, Any]:
    """What `correct` changes of the place of an event: `grid` names its grid, `geometry` with `coord_sys` moves it.

    Empty when the command says neither. Moved, it belongs where a report from there would. Raises `Invalid`
    (`unknown_grid`, `outside_service_area`, of the point).
    """
    grid, geometry = data.get("grid"), data.get("geometry")
    if grid is None and geometry is None:
        return {}
    lon = lat = None
    if geometry is not None:
        lon, lat = to_wgs84(
            *read_point(geometry, "geometry"),
            str(choice_reader(CoordSys)(data.get("coord_sys"), "coord_sys")),
        )
    if grid is not None:
        return {"place": _in_grid(session, event_id, read_natural_code(grid, "grid"), lon, lat)}
    assert lon is not None
    assert lat is not None
    return {"place": _where(session, lon, lat)}


def _in_grid(
    session: Session, event_id: uuid.UUID, code: str, lon: float | None, lat: float | None
) -> dict[str, Any]:
    values = {"event": event_id, "code": code, "lon": lon, "lat": lat}
    row = session.execute(load(PACKAGE, "grid_for_event"), values).one_or_none()
    if row is None:
        raise Invalid("unknown_grid", f"没有此网格：{code}", f"There is no such grid: {code}", field="grid")
    return {
        "lon": row.lon,
        "lat": row.lat,
        "grid_id": row.grid_id,
        "scope_area_id": row.grid_id,
        "grid_method": row.method,
        "border_distance_m": row.border_distance_m,
        "confirm": False,
    }


def _where(session: Session, lon: float, lat: float) -> dict[str, Any]:
    found, area = locate_served(session, lon, lat)
    return {
        "lon": lon,
        "lat": lat,
        "grid_id": found.grid_id,
        "scope_area_id": area,
        "grid_method": found.method,
        "border_distance_m": found.border_distance_m,
        "confirm": needs_confirmation(found.method, found.border_distance_m, None),
    }
