"""The peer of `intake`: a sync endpoint that does one INSERT with ST_Covers and nothing else; nobody is asked who."""

from __future__ import annotations

import os
import uuid
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from gis.db.engine import make_engine

INSERT = text("""
INSERT INTO bench.bare (id, category, text, geom, grid_id)
SELECT :id, :category, :text, place.geom, (
  SELECT a.id FROM wangge.area AS a
  WHERE a.level = 'grid' AND a.valid_to IS NULL AND ST_Covers(a.geom, place.geom) ORDER BY a.code LIMIT 1
)
FROM (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geom) AS place
RETURNING grid_id
""")


class Point(BaseModel):
    """A GeoJSON point."""

    type: str
    coordinates: tuple[float, float]


class BareReport(BaseModel):
    """What is inserted."""

    id: uuid.UUID
    category: str
    text: str
    geometry: Point


def create_app() -> FastAPI:
    """The application; the same pool as the product's."""
    app = FastAPI()
    engine = make_engine(os.environ["WANGGE_DATABASE_URL"])

    @app.get("/readyz")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/api/v1/reports", status_code=201)
    def file_report(report: BareReport) -> dict[str, Any]:
        lon, lat = report.geometry.coordinates
        values = {"id": report.id, "category": report.category, "text": report.text, "lon": lon, "lat": lat}
        with engine.begin() as connection:
            grid = connection.scalar(INSERT, values)
        return {"id": report.id, "grid": grid}

    return app
