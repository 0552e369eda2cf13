"""Which grid owns a point: the rule once, over arrays (the same answers as `sql/locate.sql`).

A grid covers its border. On a shared border the lowest code wins, and where grids overlap too. Outside every
grid the nearest within 50 m is offered and flagged; grids equally near within a millimetre count as ties.
Points are taken as stored, in degrees of the grids' own system; nothing is rounded.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.areas import kernels
from gis.areas.border import border_distances_m
from gis.areas.kernels import Buckets, Floats, Found, Ints, Longs, Raster
from gis.areas.model import Method
from gis.areas.planes import NEAREST_REACH_M, REACH_DECIMALS, SAME_M, window_deg
from gis.base.errors import Invalid

Bytes = npt.NDArray[np.uint8]
Objects = npt.NDArray[np.object_]

CELLS_A_GRID, LEAST_CELLS, MOST_CELLS = 400, 1 << 16, 1 << 23
LEAST_CELL_DEG = 1e-6
MOST_TILES = 256
CHUNK = 1 << 15


METHOD_LABELS = np.array([method.label for method in Method], dtype=object)


@dataclass(frozen=True)
class GridIndex:
    """Grids made ready for locating. Polygons are numbered by ascending code inside; `order` leads back."""

    codes: npt.NDArray[Any]
    order: Ints
    polygons: Objects
    edges: Floats
    edge_start: Longs
    frame: Floats
    buckets: Buckets
    raster: Raster

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Envelopes of the polygons, only for points outside all of them."""
        return shapely.STRtree(self.polygons)


@dataclass(frozen=True, slots=True)
class Located:
    """Aligned with the points: position in the index's codes (-1 none), `Method`, metres to that grid's border.

    The distance is NaN where there is no grid, and everywhere when distances were not asked for.
    """

    grid: Ints
    method: Bytes
    border_distance_m: Floats

    def labels(self) -> Objects:
        """`inside`, `border`, `nearest` or `none` for each point."""
        return METHOD_LABELS[self.method]


def build_grid_index(codes: npt.ArrayLike, polygons: npt.ArrayLike, *, cells: int | None = None) -> GridIndex:
    """Index valid lon/lat polygons (g,) by their unique codes (g,), numbers or strings.

    Codes compare as they are: numbers by value, strings by code point, as PostgreSQL does under "C".
    Raises Invalid `no_grids`, `duplicate_code`, `bad_grid` (empty, not a polygon, invalid shape; `facts`
    name the codes).
    """
    names, shapes = np.asarray(codes), np.asarray(polygons, dtype=object)
    _refuse(names, shapes)
    order = np.argsort(names, kind="stable").astype(np.int32)
    shapes = shapes[order]
    edges, edge_start = _edges(shapes)
    frame, rows, columns = _frame(edges, cells or CELLS_A_GRID * shapes.size)
    buckets = kernels.row_buckets(edges, edge_start, frame, rows)
    raster = kernels.rasterise(edges, buckets, frame, rows, columns)
    return GridIndex(names, order, shapes, edges, edge_start, frame, buckets, raster)


def locate_many(
    index: GridIndex,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    distances: bool = True,
    reach_m: float = NEAREST_REACH_M,
    threads: int | None = None,
) -> Located:
    """The grid of each point (n,) in degrees. A point that is not finite has none.

    `distances=False` skips the distance to the border of points inside a grid (left NaN); `reach_m=0` offers no
    nearest grid.
    """
    x = np.ascontiguousarray(lon, dtype=np.float64)
    y = np.ascontiguousarray(lat, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"lon and lat must be one-dimensional and equal, got {x.shape} and {y.shape}")
    found = Found(np.empty(x.size, np.int32), np.empty(x.size, np.uint8))
    _locate(index, x, y, found, threads or len(os.sched_getaffinity(0)))
    method = _METHOD_OF_PLACE[found.place]
    distance_m = np.full(x.size, np.nan)
    distance_m[method == Method.BORDER] = 0.0
    if reach_m > 0:
        _offer_nearest(index, x, y, reach_m, (found.polygon, method, distance_m))
    if distances:
        inside = np.flatnonzero(method == Method.INSIDE)
        distance_m[inside] = border_distances_m(
            x[inside], y[inside], found.polygon[inside], index.edges, index.edge_start
        )
    grid = np.where(found.polygon >= 0, index.order[found.polygon], np.int32(-1))
    return Located(grid, method, distance_m)


_METHOD_OF_PLACE = np.empty(3, dtype=np.uint8)
_METHOD_OF_PLACE[[kernels.OUTSIDE, kernels.INSIDE, kernels.BORDER]] = [
    Method.NONE,
    Method.INSIDE,
    Method.BORDER,
]


def _locate(index: GridIndex, x: Floats, y: Floats, found: Found, threads: int) -> None:
    found.polygon.fill(kernels.EMPTY)
    found.place.fill(kernels.OUTSIDE)
    rows, columns = index.raster.cells.shape
    tiles = min(MOST_TILES, 1 + math.isqrt(x.size) // 4)
    points = kernels.by_tile(x, y, index.frame, (rows, columns), tiles)
    tables = (index.frame, index.buckets, index.raster)

    def work(first: int) -> None:
        last = min(first + CHUNK, points.number.size)
        kernels.locate_points(points, index.edges, tables, found, first, last)

    firsts = range(0, points.number.size, CHUNK)
    if threads < 2 or len(firsts) < 2:
        for first in firsts:
            work(first)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, firsts))


def _offer_nearest(
    index: GridIndex, x: Floats, y: Floats, reach_m: float, answer: tuple[Ints, Bytes, Floats]
) -> None:
    """Fill in the nearest grid within reach of the points that no grid covers."""
    polygon, method, distance_m = answer
    left, bottom, _, _, right, top = index.frame
    wide, high = window_deg(max(abs(bottom), abs(top)), reach_m)
    near = (x >= left - wide) & (x <= right + wide) & (y >= bottom - high) & (y <= top + high)
    at = np.flatnonzero(near & (method == Method.NONE))
    if not at.size:
        return
    wide, high = window_deg(y[at], reach_m)
    boxes = shapely.box(x[at] - wide, y[at] - high, x[at] + wide, y[at] + high)
    point, grid = index.tree.query(boxes)
    metres = border_distances_m(x[at[point]], y[at[point]], grid, index.edges, index.edge_start)
    within = np.round(metres, REACH_DECIMALS) <= reach_m
    point, grid, metres = point[within], grid[within], metres[within]
    least = np.full(at.size, math.inf)
    np.minimum.at(least, point, metres)
    tied = metres <= least[point] + SAME_M
    point, grid, metres = point[tied], grid[tied], metres[tied]
    first = np.lexsort((grid, point))
    chosen, where = np.unique(point[first], return_index=True)
    best = first[where]
    polygon[at[chosen]] = grid[best]
    method[at[chosen]] = Method.NEAREST
    distance_m[at[chosen]] = metres[best]


def _refuse(names: npt.NDArray[Any], shapes: Objects) -> None:
    if names.shape != shapes.shape or names.ndim != 1:
        raise ValueError(f"one code a polygon is needed, got {names.shape} codes, {shapes.shape} polygons")
    if not shapes.size:
        raise Invalid("no_grids", "没有可用的网格", "there are no grids to locate in")
    values, counts = np.unique(names, return_counts=True)
    if (counts > 1).any():
        twice = [str(value) for value in values[counts > 1][:20]]
        raise Invalid(
            "duplicate_code",
            f"网格编码重复：{'、'.join(twice)}",
            f"grid codes are used twice: {', '.join(twice)}",
            field="code",
            codes=twice,
        )
    kinds = np.isin(shapely.get_type_id(shapes), (3, 6))
    good = kinds & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    good &= np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if not good.all():
        bad = [str(name) for name in names[~good][:20]]
        raise Invalid(
            "bad_grid",
            f"网格图形无效（空、非面或自相交）：{'、'.join(bad)}",
            f"grids that are empty, not polygons or invalid: {', '.join(bad)}",
            field="geometry",
            codes=bad,
        )


def _edges(shapes: Objects) -> tuple[Floats, Longs]:
    """Every ring segment (e, 4) grouped by polygon, and where each polygon's begin (g + 1,)."""
    parts, of_polygon = shapely.get_parts(shapes, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    joined = of_ring[:-1] == of_ring[1:]
    edges = np.concatenate([xy[:-1], xy[1:]], axis=1)[joined]
    owner = of_polygon[of_part[of_ring[:-1][joined]]]
    start = np.zeros(shapes.size + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=shapes.size), out=start[1:])
    return np.ascontiguousarray(edges), start


def _frame(edges: Floats, cells: int) -> tuple[Floats, int, int]:
    """The raster over all edges: its frame, rows and columns, cells about square on the ground."""
    left, bottom = edges[:, :2].min(axis=0)
    right, top = edges[:, :2].max(axis=0)
    wide, high = max(right - left, LEAST_CELL_DEG), max(top - bottom, LEAST_CELL_DEG)
    shape = wide * max(math.cos(math.radians((bottom + top) / 2)), 0.01) / high
    wanted = min(max(cells, LEAST_CELLS), MOST_CELLS)
    columns = min(max(1, math.floor(math.sqrt(wanted * shape))), math.ceil(wide / LEAST_CELL_DEG), wanted)
    rows = min(max(1, wanted // columns), math.ceil(high / LEAST_CELL_DEG))
    frame = np.array([left, bottom, columns / wide, rows / high, right, top])
    return frame, int(rows), int(columns)
