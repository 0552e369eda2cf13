"""Which street each edge comes from, which streets touch, and the part of the network around a change made anew."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from gis.walking.columns import words
from gis.walking.compounds import Compounds
from gis.walking.model import Bools, Int32s, Int64s, Network, Objects, StreetKind
from gis.walking.network import build_network
from gis.walking.parts import split_ranges
from gis.walking.walls import with_walls

TOUCH_MM = 100
"""Streets nearer than this may share a place: an end joins a line 10 mm away and bends it by as much."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The codes of all streets, and by edge the street's row (-1: a gate) and the bounds (m, 4) in mm.

    `unique` says that every street has a code of its own: without, edges cannot be told apart.
    """

    code: Objects
    row: Int32s
    box: Int64s
    unique: bool

    @classmethod
    def of(cls, streets: gpd.GeoDataFrame, network: Network) -> Rows:
        """Found by code."""
        code = words(streets, "code")
        number = {name: row for row, name in enumerate(code)}
        row = np.array([number.get(name, -1) for name in network.code], dtype=np.int32)
        row[network.kind == StreetKind.GATE] = -1
        unique = len(number) == len(code) and None not in number
        return cls(code, row, boxes_of(network.vertex_start, network.vertex_xy_mm), unique)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the network made anew: its edges' street rows (-1: a gate) and compounds (-1: none)."""

    network: Network
    row: Int64s
    side: Int32s


def boxes_of(start: Int64s, xy_mm: Int64s) -> Int64s:
    """Bounds (m, 4) of polylines."""
    if len(start) < 2:
        return np.empty((0, 4), dtype=np.int64)
    low = np.minimum.reduceat(xy_mm, start[:-1], axis=0)
    return np.hstack((low, np.maximum.reduceat(xy_mm, start[:-1], axis=0)))


def lines_of(network: Network, edge: Int64s) -> Objects:
    """The polylines of some edges in mm."""
    start, vertices = split_ranges(network.vertex_start[edge], network.vertex_start[edge + 1] - 1)
    number = np.repeat(np.arange(len(edge)), np.diff(start))
    xy = network.vertex_xy_mm[vertices].astype(np.float64)
    return np.asarray(shapely.linestrings(xy, indices=number), dtype=object)


def touching(network: Network, rows: Rows, lines: Objects) -> Int64s:
    """The streets (rows, rising) with an edge that touches one of the lines."""
    if not len(lines):
        return np.empty(0, dtype=np.int64)
    west, south, east, north = shapely.total_bounds(lines)
    box = rows.box
    edge = np.flatnonzero((box[:, 0] <= east + TOUCH_MM) & (box[:, 2] >= west - TOUCH_MM))
    edge = edge[(box[edge, 1] <= north + TOUCH_MM) & (box[edge, 3] >= south - TOUCH_MM)]
    tree = shapely.STRtree(lines)
    hit, _ = tree.query(lines_of(network, edge), predicate="dwithin", distance=float(TOUCH_MM))
    found = np.unique(rows.row[edge[np.unique(hit)]])
    return found[found >= 0].astype(np.int64)


def edges_of(rows: Rows, streets: Int64s) -> Int64s:
    """All edges of some streets, rising."""
    return np.flatnonzero(_flags(streets, len(rows.code))[rows.row])


def _flags(streets: Int64s, count: int) -> Bools:
    """By row, with one more for -1."""
    flag = np.zeros(count + 1, dtype=np.bool_)
    flag[streets] = True
    return flag


def window(frame: gpd.GeoDataFrame, rows: Int64s, crs: CRS, compounds: Compounds) -> Window:
    """The network of the streets `rows` of `frame` alone, cut at the walls, in the numbers of the whole place."""
    network, _ = build_network(frame.iloc[rows], crs)
    some, number = _walls_near(compounds, network)
    walled = with_walls(network, some)
    side = np.append(number, -1)[walled.edge_side].astype(np.int32)
    by_code = {name: int(row) for name, row in zip(words(frame.iloc[rows], "code"), rows, strict=True)}
    gate = walled.network.kind == StreetKind.GATE
    row = [-1 if g else by_code[name] for name, g in zip(walled.network.code, gate, strict=True)]
    return Window(walled.network, np.array(row, dtype=np.int64), side)


def _walls_near(compounds: Compounds, network: Network) -> tuple[Compounds, Int64s]:
    """The compounds that a network may meet, with their gates, in their order; and their rows."""
    if not len(compounds.shape) or not network.edges:
        return Compounds.none(), np.empty(0, dtype=np.int64)
    low, high = network.vertex_xy_mm.min(axis=0), network.vertex_xy_mm.max(axis=0)
    at = shapely.bounds(compounds.shape).reshape(-1, 4)
    meets = (at[:, 0] <= high[0] + 1) & (at[:, 2] >= low[0] - 1)
    rows = np.flatnonzero(meets & (at[:, 1] <= high[1] + 1) & (at[:, 3] >= low[1] - 1))
    number = np.full(len(at) + 1, -1, dtype=np.int32)
    number[rows] = np.arange(len(rows))
    gate = np.flatnonzero(number[compounds.gate_compound] >= 0)
    return Compounds(
        compounds.code[rows],
        compounds.shape[rows],
        compounds.gate_code[gate],
        number[compounds.gate_compound[gate]],
        compounds.gate_point[gate],
        compounds.outward[gate],
        compounds.inward[gate],
    ), rows
