"""Straight ways inside a compound: a line that stays inside, round the wall's corners where it must."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from gis.walking.model import Bools, Floats, Int64s, Objects
from gis.walking.places import TOUCH_MM

_WALL_SLACK_MM = 50.0
NO_WAY = -1


def ways_inside(
    compound: Int64s, origin: Objects, target: Objects, shape: Objects, barriers: Objects
) -> Int64s:
    """Length in µm of the way inside `compound[i]` from `origin[i]` to `target[i]` (mm), NO_WAY if there is none.

    The nearest points of both are joined by a straight line; where that leaves the compound or crosses a
    barrier, by the shortest line along the compound's corners. Buildings inside are walked round unmeasured.
    """
    leg = np.full(len(compound), NO_WAY, dtype=np.int64)
    if not len(compound):
        return leg
    roomy = np.full(len(shape), None, dtype=object)
    used = np.unique(compound)
    roomy[used] = shapely.buffer(shape[used], _WALL_SLACK_MM, quad_segs=2)
    shapely.prepare(roomy)
    fence = shapely.STRtree(barriers) if len(barriers) else None
    line = np.asarray(shapely.shortest_line(origin, target), dtype=object)
    free = _free(line, roomy[compound], fence)
    leg[free] = _length_um(line[free])
    bent = np.flatnonzero(~free)
    for number in np.unique(compound[bent]):  # few: compounds with a corner in the way
        rows = bent[compound[bent] == number]
        leg[rows] = _round_corners(origin[rows], target[rows], roomy[number], shape[number], fence)
    return leg


def _free(line: Objects, roomy: Objects, fence: shapely.STRtree | None) -> Bools:
    """Which lines stay inside and cross no barrier farther than 0.1 m from their ends."""
    free = np.asarray(shapely.covers(roomy, line), dtype=np.bool_)
    if fence is not None and free.any():
        rows = np.flatnonzero(free & (shapely.length(line) > 2 * TOUCH_MM))
        hit, _ = fence.query(_shortened(line[rows]), predicate="intersects")
        free[rows[np.unique(hit)]] = False
    return free


def _shortened(line: Objects) -> Objects:
    first = shapely.line_interpolate_point(line, TOUCH_MM)
    last = shapely.line_interpolate_point(line, -TOUCH_MM)
    xy = np.stack((_xy(first), _xy(last)), axis=1)
    return np.asarray(shapely.linestrings(xy), dtype=object)


def _xy(points: Objects) -> Floats:
    return np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def _length_um(line: Objects) -> Int64s:
    first, last = _xy(shapely.get_point(line, 0)), _xy(shapely.get_point(line, -1))
    move = last - first
    square = move[:, 0] * move[:, 0] + move[:, 1] * move[:, 1]
    return np.rint(np.sqrt(square) * 1000.0).astype(np.int64)


def _round_corners(
    origin: Objects,
    target: Objects,
    roomy: shapely.Geometry,
    shape: shapely.Geometry,
    fence: shapely.STRtree | None,
) -> Int64s:
    """Shortest ways over the corners of one compound; sums of whole µm, exact in float64."""
    corner = np.asarray(shapely.points(np.unique(shapely.get_coordinates(shape), axis=0)), dtype=object)
    between = _legs(corner, corner, roomy, fence)
    between = dijkstra(np.where(np.isfinite(between), between, 0.0), directed=False)
    start = _legs(origin, corner, roomy, fence)
    where, back = np.unique(_keys(target), return_inverse=True)
    first = np.array([np.flatnonzero(back.ravel() == k)[0] for k in range(len(where))])
    end = _legs(target[first], corner, roomy, fence)
    onwards = np.min(between[None, :, :] + end[:, None, :], axis=2)  # (targets, corners)
    best = np.min(start + onwards[back.ravel()], axis=1)
    return np.where(np.isfinite(best), best, NO_WAY).astype(np.int64)


def _keys(shapes: Objects) -> np.ndarray:
    return np.array([shape.wkb_hex for shape in shapes])


def _legs(origin: Objects, target: Objects, roomy: shapely.Geometry, fence: shapely.STRtree | None) -> Floats:
    """Visible straight legs in µm between all origins and all targets, inf where none; (origins, targets)."""
    row, column = (v.ravel() for v in np.indices((len(origin), len(target))))
    line = np.asarray(shapely.shortest_line(origin[row], target[column]), dtype=object)
    free = _free(line, np.full(len(line), roomy, dtype=object), fence)
    leg = np.full(len(line), np.inf)
    leg[free] = _length_um(line[free])
    return leg.reshape(len(origin), len(target))
