"""Writing streets: bulk upsert by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gis.db.staging import Counts, LayerTable, analyze, save_frame

STREETS = LayerTable(
    "street",
    {
        "code": "text", "name": "text", "kind": "text", "foot_forward": "bool", "foot_backward": "bool",
        "steps": "bool", "slope_pct": "float8", "level": "float8", "bridge": "bool", "tunnel": "bool",
        "geom": "geometry",
    },
)  # fmt: skip


def save_streets(session: Session, columns: Mapping[str, Any]) -> Counts:
    """Upsert streets given as columns of the layer file, `geom` as shapely lines in lon/lat."""
    counts, _ = save_frame(session, STREETS, columns)
    analyze(session, "street")
    return counts
