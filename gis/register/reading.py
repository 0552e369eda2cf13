"""The register's answers to readers."""

from __future__ import annotations

from sqlalchemy import Engine

from gis.db.engine import unit_of_work
from gis.db.sql import load


def station_features(
    engine: Engine,
    *,
    types: tuple[str, ...] | None = None,
    statuses: tuple[str, ...] | None = None,
    area: str | None = None,
    limit: int = 10_000,
) -> list[str]:
    """Stations as GeoJSON feature texts ordered by code; None means all of them."""
    parameters = {
        "types": None if types is None else list(types),
        "statuses": None if statuses is None else list(statuses),
        "area": area,
        "row_limit": limit,
    }
    with unit_of_work(engine) as session:
        return list(session.execute(load("gis.register", "station_features"), parameters).scalars())
