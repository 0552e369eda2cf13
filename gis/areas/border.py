"""How far points are from the borders of their grids, in the plane of each point."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from gis.areas.kernels import Floats, Ints, Longs
from gis.areas.planes import plane_crs, plane_keys
from gis.base.compiled import compiled
from gis.base.crs import project_xy


def border_distances_m(
    lon: Floats, lat: Floats, polygon: npt.NDArray[np.integer], edges: Floats, edge_start: Longs
) -> Floats:
    """Metres from each point to the border of its polygon, a row of `edge_start` over `edges` in degrees."""
    out = np.empty(lon.size, dtype=np.float64)
    keys = plane_keys(lon)
    for key in np.unique(keys):
        at = np.flatnonzero(keys == key)
        used, local = np.unique(polygon[at], return_inverse=True)
        count = edge_start[used + 1] - edge_start[used]
        start = np.concatenate([[0], np.cumsum(count)])
        chosen = np.repeat(edge_start[used] - start[:-1], count) + np.arange(start[-1])
        crs = plane_crs(int(key))
        x, y = project_xy(lon[at], lat[at], crs)
        part = np.empty(at.size, dtype=np.float64)
        nearest_edges(x, y, local.astype(np.int32), _projected(edges[chosen], crs), start, part)
        out[at] = part
    return out


def _projected(edges: Floats, crs: CRS) -> Floats:
    """The edges in the plane; an end that begins the next edge is projected once."""
    plane = np.empty_like(edges)
    plane[:, 0], plane[:, 1] = project_xy(edges[:, 0], edges[:, 1], crs)
    plane[:-1, 2:] = plane[1:, :2]
    last = np.ones(len(edges), dtype=np.bool_)
    last[:-1] = (edges[:-1, 2:] != edges[1:, :2]).any(axis=1)
    plane[last, 2], plane[last, 3] = project_xy(edges[last, 2], edges[last, 3], crs)
    return plane


@compiled
def nearest_edges(x: Floats, y: Floats, polygon: Ints, edges: Floats, edge_start: Longs, out: Floats) -> None:
    """Distance from each point to the nearest edge of its polygon, in the unit of the plane, into `out`."""
    for i in range(x.size):
        best = math.inf
        for e in range(edge_start[polygon[i]], edge_start[polygon[i] + 1]):
            ax, ay = edges[e, 0], edges[e, 1]
            dx, dy = edges[e, 2] - ax, edges[e, 3] - ay
            vx, vy = x[i] - ax, y[i] - ay
            length = dx * dx + dy * dy
            t = 0.0
            if length > 0.0:
                t = min(1.0, max(0.0, (vx * dx + vy * dy) / length))
            vx -= t * dx
            vy -= t * dy
            best = min(best, vx * vx + vy * vy)
        out[i] = math.sqrt(best)
