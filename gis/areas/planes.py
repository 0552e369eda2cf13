"""Metres around a point: which plane it is measured in, how far it is from a grid's border.

SQL and Python measure in the same plane, chosen by the point alone: inside 73.5-136.5° E its 3-degree
CGCS2000 zone, elsewhere the transverse Mercator of its longitude rounded to a whole degree (scale error at
most 4e-5). A border runs straight between its vertices in that plane.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from gis.areas.kernels import Floats, Ints, Longs
from gis.base.compiled import compiled
from gis.base.crs import ZONE_EAST, ZONE_WEST, metric_crs, project_xy

NEAREST_REACH_M = 50.0
# Nearest grids whose distances differ by less are equally near, and the lowest code wins.
SAME_M = 0.001
_OUTSIDE_ZONES = 1000


def plane_keys(lon: npt.ArrayLike) -> Ints:
    """The plane of each longitude: its zone's number (25-45), or 1000 + the nearest whole degree."""
    degrees = np.asarray(lon, dtype=np.float64)
    zoned = (degrees >= ZONE_WEST) & (degrees <= ZONE_EAST)
    zones = np.clip(np.rint(degrees / 3), 25, 45)
    return np.where(zoned, zones, _OUTSIDE_ZONES + np.rint(degrees)).astype(np.int32)


@lru_cache(maxsize=512)
def plane_crs(key: int) -> CRS:
    """The plane system of one of `plane_keys`."""
    return metric_crs(float(key - _OUTSIDE_ZONES if key > 45 else 3 * key))


@lru_cache(maxsize=512)
def plane_names(key: int) -> tuple[int | None, str | None]:
    """The plane for PostGIS: its SRID, or where it has none its PROJ definition."""
    crs = plane_crs(key)
    return (crs.to_epsg(), None) if key <= 45 else (None, crs.to_proj4())


def window_deg(lat: npt.ArrayLike, reach_m: float = NEAREST_REACH_M) -> tuple[Floats, float]:
    """Half width and height in degrees of a box that surely holds everything within `reach_m` of a point.

    A degree of latitude is at least 110.57 km and one of longitude at least 111.3 km times the cosine;
    one per cent is added for the scale of the plane.
    """
    cosine = np.cos(np.radians(np.minimum(90.0, np.abs(lat) + 0.01)))
    wide = np.minimum(360.0, reach_m * 1.01 / (111_300.0 * np.maximum(cosine, 1e-6)))
    return wide, reach_m * 1.01 / 110_570.0


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
