"""Projected lines and rings in degrees: long straight edges get the points that keep them where they were.

A straight edge of a plane is a slightly bent line in longitude, latitude: 5 m off over 20 km. Both neighbours
of a shared edge get the same points, because every edge is divided from its lexicographically smaller end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from gis.base.crs import LONLAT, transform, transformer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

BEND_M = 0.001
STRAIGHT_M = 50.0  # up to here no edge bends by a millimetre below 85° of latitude
MOST_PIECES = 1 << 14
_QUARTERS = (0.25, 0.5, 0.75)
_DEGREE_M = 111_320.0


def to_lonlat(shapes: npt.ArrayLike, source: CRS) -> Shapes:
    """Geometries in `source` as lon/lat (EPSG:4326), projected edges with points at equal parts of the edge.

    No edge bends from its straight image by more than 1 mm; edges under some 250 m get no points, nor do those
    of a geographic `source`. Vertices given stay as `crs.transform` makes them. None is kept, Z dropped.
    """
    array = np.asarray(shapes, dtype=object)
    lonlat = CRS.from_epsg(LONLAT)
    moved = transform(array, source, lonlat)
    if not source.is_projected:
        return moved
    unit_m = float(source.axis_info[0].unit_conversion_factor) if source.axis_info else 1.0
    kinds = shapely.get_type_id(array)
    for kind in (1, 3, 5, 6):  # lines and polygons, alone and in collections of their kind
        rows = np.flatnonzero((kinds == kind) & ~shapely.is_empty(array))
        if rows.size:
            _dense_rows(array, moved, rows, transformer(source, lonlat), STRAIGHT_M / unit_m)
    return moved


def _dense_rows(array: Shapes, moved: Shapes, rows: Ints, change: Transformer, straight: float) -> None:
    """Rebuild those of `rows` (all of one type) that have an edge to divide."""
    plane, owner = shapely.get_coordinates(array[rows], return_index=True)
    # The jump from one part of a shape to its next is no edge; looking at it only rebuilds a row in vain.
    bends = _pieces(plane[:-1], plane[1:], owner[:-1] == owner[1:], change, straight) > 1
    rows = rows[np.unique(owner[:-1][bends])]
    if not rows.size:
        return
    kind, xy, offsets = shapely.to_ragged_array(array[rows], include_z=False)
    ends = np.zeros(len(xy), dtype=np.bool_)
    ends[offsets[0][1:] - 1] = True
    pieces = _pieces(xy[:-1], xy[1:], ~ends[:-1], change, straight)
    at = np.concatenate([[0], np.cumsum(pieces)])
    edge = np.repeat(np.arange(len(pieces)), pieces)
    dense = np.empty((at[-1] + 1, 2))
    dense[:-1] = _points(xy[:-1], xy[1:], edge, np.arange(at[-1]) - at[edge], pieces)
    dense[at] = xy
    parts = np.append(at, at[-1] + 1)[offsets[0]]
    degrees = np.column_stack(change.transform(dense[:, 0], dense[:, 1]))
    moved[rows] = shapely.from_ragged_array(kind, degrees, (parts, *offsets[1:]))


def _points(start: Floats, end: Floats, edge: Ints, number: Ints, pieces: Ints) -> Floats:
    """The points number/pieces along edges, counted from the start but reckoned from the smaller end."""
    a, b, n = start[edge], end[edge], pieces[edge]
    turned = _turned(a, b)
    low, high = np.where(turned[:, None], b, a), np.where(turned[:, None], a, b)
    share = np.where(turned, n - number, number) / n
    points: Floats = low + (high - low) * share[:, None]
    return points


def _turned(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    answer: npt.NDArray[np.bool_] = (b[:, 0] < a[:, 0]) | ((b[:, 0] == a[:, 0]) & (b[:, 1] < a[:, 1]))
    return answer


def _pieces(
    start: Floats, end: Floats, real: npt.NDArray[np.bool_], change: Transformer, straight: float
) -> Ints:
    """Into how many equal parts (e,) each edge is divided; 1 where it bends by no more than a millimetre."""
    pieces = np.ones(len(start), dtype=np.int64)
    length = np.hypot(*(end - start).T)
    at = np.flatnonzero(real & (length > straight) & np.isfinite(length))
    turned = _turned(start[at], end[at])[:, None]
    low, high = np.where(turned, end[at], start[at]), np.where(turned, start[at], end[at])
    bend = _bend_m(low, high, change)
    # A part of an n-th bends by an n²-th; where the curve is no parabola the parts are looked at again.
    found = np.maximum(np.ceil(np.sqrt(bend / BEND_M)), 1).astype(np.int64)
    todo = np.flatnonzero((found > 1) & (found <= MOST_PIECES))
    while todo.size:
        edge = np.repeat(todo, found[todo])
        first = np.concatenate([[0], np.cumsum(found[todo])[:-1]])
        number = np.arange(edge.size) - np.repeat(first, found[todo])
        step = (high[edge] - low[edge]) / found[edge][:, None]
        part_low = low[edge] + step * number[:, None]
        worst = np.maximum.reduceat(_bend_m(part_low, part_low + step, change), first)
        todo = todo[(worst > BEND_M * 1.001) & (found[todo] * 2 <= MOST_PIECES)]
        found[todo] *= 2
    pieces[at] = np.minimum(found, MOST_PIECES)
    return pieces


def _bend_m(low: Floats, high: Floats, change: Transformer) -> Floats:
    """How far (e,) the images of the edges lie from straight lines in degrees, in metres; 0 where no image is."""
    ax, ay = change.transform(low[:, 0], low[:, 1])
    bx, by = change.transform(high[:, 0], high[:, 1])
    wide = np.cos(np.radians((ay + by) / 2)) * _DEGREE_M
    dx, dy = (bx - ax) * wide, (by - ay) * _DEGREE_M
    length = np.maximum(np.hypot(dx, dy), 1e-9)
    worst = np.zeros(len(low))
    for share in _QUARTERS:
        x, y = change.transform(*(low + (high - low) * share).T)
        with np.errstate(invalid="ignore"):
            off = np.abs((x - ax) * wide * dy - (y - ay) * _DEGREE_M * dx) / length
        worst = np.maximum(worst, np.nan_to_num(off, nan=0.0, posinf=0.0))
    return worst
