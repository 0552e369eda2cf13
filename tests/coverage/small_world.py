"""A place in memory, in metres from an origin: a street of 1,000 m, homes north of it, and what a test adds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.base.crs import LONLAT, metric_crs, transformer
from gis.coverage.world import World
from gis.walking.prepare import Layers

from .place import ORIGIN, square

HOMES = {100: 10, 300: 20, 500: 30, 700: 40}
"""Middle of each home along the street, and how many live there."""
COUNTS = ("households", "registered", "floating", "age_0_14", "age_15_59", "age_60_79", "age_80")


def lonlat(shapes: list[Any]) -> np.ndarray:
    """Shapes in metres from the origin, in lon/lat."""
    crs = metric_crs(ORIGIN[0])
    east, north = transformer(LONLAT, crs).transform(*ORIGIN)
    back = transformer(crs, LONLAT)
    moved = shapely.transform(
        np.array(shapes, dtype=object),
        lambda xy: np.column_stack(back.transform(xy[:, 0] + east, xy[:, 1] + north)),
    )
    return np.asarray(moved, dtype=object)


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Rows with `geometry` in metres as a layer; columns nobody gave are empty."""
    table = {name: [row.get(name) for row in rows] for name in columns}
    return gpd.GeoDataFrame(table, geometry=lonlat([row["geometry"] for row in rows]), crs=LONLAT)


def station(code: str, x: float, y: float = 0, **more: Any) -> dict[str, Any]:
    """An existing centre on the street."""
    given = {
        "code": code,
        "type": "party_mass_center",
        "name": code,
        "status": "existing",
        "id": int(code[1:]),
    }
    return {**given, "geometry": shapely.Point(x, y), "grid_id": 1, **more}


def small_world(
    stations: list[dict[str, Any]],
    *,
    homes: dict[int, int | None] | None = None,
    **layers: list[dict[str, Any]],
) -> World:
    """The place: one grid (1) of one community (2) of one subdistrict (3). `layers`: compounds, gates, barriers."""
    lived_in = HOMES if homes is None else homes
    buildings = [
        {
            "id": number,
            "code": f"b{number}",
            "grid_id": 1,
            "scope_area_id": 1,
            "actual": people,
            "geometry": square(x, 20),
        }
        for number, (x, people) in enumerate(lived_in.items())
    ]
    streets = [
        {
            "code": f"s{i}",
            "kind": "residential",
            "geometry": shapely.LineString([(250 * i, 0), (250 * (i + 1), 0)]),
        }
        for i in range(4)
    ]
    houses = frame(buildings, ("id", "code", "grid_id", "scope_area_id", "actual", *COUNTS))
    houses = houses.astype({"actual": "float64"} | dict.fromkeys(COUNTS, "float64"))
    areas = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "code": ["230199001001001", "230199001001", "230199001"],
            "level": ["grid", "community", "subdistrict"],
            "name": ["grid", "community", "subdistrict"],
            "path": [[3, 2, 1], [3, 2], [3]],
        }
    )
    columns = {
        "compounds": ("code", "walled"),
        "gates": ("code", "compound", "access", "hours"),
        "barriers": ("code", "kind"),
    }
    given = Layers(
        frame(streets, ("code", "kind")),
        houses,
        frame(stations, ("id", "code", "type", "name", "status", "hours", "capacity", "grid_id", "building")),
        **{name: frame(layers.get(name, []), named) for name, named in columns.items()},
        entrances=frame([], ("building",)),
    )
    return World(given, areas, "test", datetime.now(UTC), None)
