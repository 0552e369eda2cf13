"""Writing the register: bulk upserts by code, and the grid of what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.db.staging import Beside, Counts, LayerTable, Reference, Unresolved, analyze, save_frame
from gis.register.tables import COUNTS

PACKAGE = "gis.register"

LAYERS = {
    "compounds": LayerTable(
        "compound", {"code": "text", "name": "text", "kind": "text", "walled": "bool", "geom": "geometry"}
    ),
    "gates": LayerTable(
        "gate",
        {"code": "text", "compound": "text", "access": "text", "hours": "text", "geom": "geometry"},
        (Reference("compound", "compound_id", "compound"),),
    ),
    "buildings": LayerTable(
        "building",
        {
            "code": "text", "name": "text", "use": "text", "storeys": "int4", "address": "text",
            "compound": "text", "geom": "geometry",
        },
        (Reference("compound", "compound_id", "compound"),),
        beside=Beside("building_people", "building_id", dict.fromkeys(COUNTS, "int4")),
    ),
    "entrances": LayerTable(
        "entrance",
        {"code": "text", "building": "text", "geom": "geometry"},
        (Reference("building", "building_id", "building"),),
    ),
    "stations": LayerTable(
        "station",
        {
            "code": "text", "type": "text", "name": "text", "status": "text", "hours": "text",
            "floor_area_m2": "float8", "capacity": "int4", "services": "text[]", "building": "text",
            "geom": "geometry",
        },
        (Reference("building", "building_id", "building"),),
    ),
    "barriers": LayerTable("barrier", {"code": "text", "kind": "text", "name": "text", "geom": "geometry"}),
}  # fmt: skip


def save_layer(session: Session, kind: str, columns: Mapping[str, Any]) -> tuple[Counts, list[Unresolved]]:
    """Upsert one layer of `LAYERS`; rows whose compound or building is unknown come back and nothing is written."""
    return save_frame(session, LAYERS[kind], columns)


def assign_grids(session: Session) -> int:
    """Give every building and station the current grid that covers it; returns how many rows changed."""
    return int(session.execute(load(PACKAGE, "assign_grids")).scalar_one())


def refresh(session: Session) -> None:
    """Refresh the planner's statistics of the register."""
    analyze(session, *(layer.table for layer in LAYERS.values()))
