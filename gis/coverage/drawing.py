"""Circles of a place in memory: what is drawn for stations, without the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis.base.crs import LONLAT, transform
from gis.base.errors import Invalid
from gis.walking.circles import CIRCLE_VERSION, PREVIEW_STEP_M, STEP_M, Atlas
from gis.walking.cost import Graph, limit_cost
from gis.walking.drawing.agree import Drawing
from gis.walking.drawing.shapes import as_multipolygons
from gis.walking.model import RULES_VERSION, Int64s, Objects, Profile
from gis.walking.path import only_points, part_lines
from gis.walking.search import reached_parts

SHAPES = ("each", "dissolved", "ring", "disk", "nearest", "lines")
BY_STATION = ("each", "ring", "disk")
"""The shapes that are made of each station's own circle."""
STEPS = (STEP_M, PREVIEW_STEP_M)
VERSION = f"{RULES_VERSION}+{CIRCLE_VERSION}"
"""Rule version of a circle: the rules of the distances, then those of the drawing."""
MINUTES, METRES = (5, 10, 15), (300, 500, 1000)
"""The limits that disks nest by and rings lie between."""
Each = Callable[[int], pd.DataFrame]
"""From a limit to every station's circle: columns geometry (lon/lat), buildings, corrected."""


@dataclass(frozen=True, slots=True)
class Style:
    """How circles are drawn: one of SHAPES on a grid of one of STEPS."""

    shape: str = "each"
    step_m: float = STEP_M


def style(shape: str = "each", step: float = STEP_M) -> Style:
    """A checked style. Raises `Invalid` (`circle_shape`, `circle_step`)."""
    if shape not in SHAPES:
        known = ", ".join(SHAPES)
        raise Invalid("circle_shape", f"图形应为 {known}", f"the shape is one of {known}", field="shape")
    if step not in STEPS:
        raise Invalid("circle_step", "步长应为 10 或 25 米", "the step is 10 or 25 metres", field="step")
    return Style(shape, float(step))


def drawn(
    atlas: Atlas, graph: Graph, rows: Int64s, limit: int, shape: str, each: Each | None = None
) -> pd.DataFrame:
    """The drawing of stations (rows, rising): `row` of the station (-1: all together), geometry, buildings, corrected.

    `each` gives their circles at a limit where some are stored already. Rings and disks take the smaller limits of
    MINUTES or METRES into account; `inner` is the limit that a ring begins at, null for none.
    """
    each = each or (lambda at: as_table(atlas, atlas.each(graph, rows, at)))
    if shape == "dissolved":
        whole = atlas.dissolved(graph, rows, limit)
        return as_table(atlas, [whole]).assign(row=-1)
    if shape == "nearest":
        shapes, whole = atlas.nearest(graph, rows, limit)
        return as_table(atlas, [replace(whole, shape=one) for one in shapes]).assign(row=rows)
    if shape == "lines":
        return street_lines(atlas, graph, rows, limit).assign(row=rows)
    return by_station(graph.profile, rows, limit, shape, each)


def by_station(profile: Profile, rows: Int64s, limit: int, shape: str, each: Each) -> pd.DataFrame:
    """As `drawn`, for a shape of BY_STATION."""
    if shape == "each":
        return each(limit).assign(row=rows)
    return _nested(each, limit, smaller(profile, limit), ring=shape == "ring").assign(row=rows)


def smaller(profile: Profile, limit: int) -> list[int]:
    """The usual limits below one, rising."""
    usual = (
        [limit_cost(profile, metres=m) for m in METRES]
        if profile.is_metres
        else [limit_cost(profile, minutes=m) for m in MINUTES]
    )
    return [value for value in usual if value < limit]


def _nested(each: Each, limit: int, inner: list[int], *, ring: bool) -> pd.DataFrame:
    """Each disk united with the smaller ones; a ring is a disk without the next smaller one."""
    tables = [each(value) for value in (*inner, limit)]
    disks = [table["geometry"].to_numpy() for table in tables]
    for number in range(1, len(disks)):
        disks[number] = as_multipolygons(shapely.union(disks[number], disks[number - 1]))
    shapes = disks[-1]
    if ring and inner:
        shapes = as_multipolygons(shapely.difference(shapes, disks[-2]))
    made = tables[-1].assign(geometry=shapes)
    return made.assign(inner=inner[-1] / 1e6 if inner else None) if ring else made


def as_table(atlas: Atlas, drawings: list[Drawing]) -> pd.DataFrame:
    """Drawings as rows: geometry (lon/lat), buildings, corrected."""
    plane = np.array([one.shape for one in drawings], dtype=object)
    return pd.DataFrame(
        {
            "geometry": as_multipolygons(transform(plane, atlas.prepared.crs, CRS.from_epsg(LONLAT))),
            "buildings": [one.buildings for one in drawings],
            "corrected": [one.corrected for one in drawings],
        }
    )


def street_lines(atlas: Atlas, graph: Graph, rows: Int64s, limit: int) -> pd.DataFrame:
    """The exact street parts that each station is reached from, as MultiLineStrings (lon/lat)."""
    parts = reached_parts(graph, only_points(atlas.prepared.station_links, rows), limit)
    long = parts.to_um > parts.from_um
    lines = part_lines(atlas.prepared.network, parts.edge[long], parts.from_um[long], parts.to_um[long])
    shapes: Objects = np.full(len(rows), shapely.MultiLineString(), dtype=object)
    shapely.multilinestrings(lines, indices=parts.origin[long], out=shapes)
    moved = transform(shapes, atlas.prepared.crs, CRS.from_epsg(LONLAT))
    return pd.DataFrame({"geometry": moved, "buildings": 0, "corrected": 0})


def features(
    table: pd.DataFrame, stations: pd.DataFrame, graph: Graph, limit: int, network_version: str, step_m: float
) -> gpd.GeoDataFrame:
    """`drawn` rows with what every drawing says of itself; `stations` has code, name, type. Empty ones are left out.

    The stated error: nodes of the grid are exact, the line between two of them is off by at most a step; of
    `error_buildings` in and beside the drawing `error_corrected` were on the wrong side of the bare contour.
    """
    one = table["row"].to_numpy() < 0
    mine = stations.iloc[table["row"].to_numpy()].reset_index(drop=True)
    told: dict[str, Any] = {
        name: [None if all_together else value for all_together, value in zip(one, mine[name], strict=True)]
        for name in ("code", "name", "type")
    }
    told |= {
        "limit": limit / 1e6,
        "profile": graph.profile.name,
        "network_version": network_version,
        "rule_version": VERSION,
        "step_m": step_m,
        "error_m": step_m,
        "error_corrected": table["corrected"].to_numpy(),
        "error_buildings": table["buildings"].to_numpy(),
    }
    if "inner" in table:
        told["inner_limit"] = table["inner"].to_numpy()
    frame = gpd.GeoDataFrame(told, geometry=table["geometry"].to_numpy(), crs=LONLAT)
    return frame[~frame.geometry.is_empty].reset_index(drop=True)
