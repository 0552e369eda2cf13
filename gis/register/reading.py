"""The register's answers to readers."""

from __future__ import annotations

from sqlalchemy import Engine, text

from gis.areas.store import refuse_unknown_area
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.register.station_types import refuse_unknown_types


def station_features(
    engine: Engine,
    *,
    types: tuple[str, ...] | None = None,
    statuses: tuple[str, ...] | None = None,
    area: str | None = None,
    limit: int = 10_000,
) -> list[str]:
    """Stations as GeoJSON feature texts ordered by code; None means all of them.

    Raises `Invalid` (`unknown_area`, `unknown_station_type`) rather than answer nothing to a typing error.
    """
    parameters = {
        "types": None if types is None else list(types),
        "statuses": None if statuses is None else list(statuses),
        "area": area,
        "row_limit": limit,
    }
    with unit_of_work(engine) as session:
        if area is not None:
            refuse_unknown_area(session, area)
        if types is not None:
            refuse_unknown_types(types, session.scalars(text("SELECT DISTINCT type FROM station")), "type")
        return list(session.execute(load("gis.register", "station_features"), parameters).scalars())


def gate_features(engine: Engine, box: tuple[float, float, float, float], limit: int = 2_000) -> list[str]:
    """Gates in `box` (left, bottom, right, top in degrees) as GeoJSON feature texts ordered by code."""
    parameters = dict(zip(("west", "south", "east", "north"), box, strict=True)) | {"row_limit": limit}
    with unit_of_work(engine) as session:
        return list(session.execute(load("gis.register", "gate_features"), parameters).scalars())
