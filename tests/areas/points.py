"""Hard points for locating: vertices, midpoints, a hair beside an edge, inside, near and far outside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from benchmarks.inputs import Grids, grids
from gis.base.crs import LONLAT, metric_crs, transform, unproject_xy

Floats = npt.NDArray[np.float64]


def with_holes_and_overlaps() -> Grids:
    """Jittered grids, some cut out, some shared twice, one of two parts, one with a hole that another fills."""
    base = grids(30, seed=3)
    shapes = base.polygons.copy()
    shapes[4] = shapely.difference(shapes[4], shapely.buffer(shapely.centroid(shapes[4]), 0.0006))
    shapes[9] = shapely.buffer(shapes[9], 0.0003, join_style="mitre")  # overlaps its neighbours
    shapes[12] = shapely.multipolygons([shapes[12], shapes[26]])
    keep = np.array([i not in {26, 17} for i in range(30)])
    filling = shapely.buffer(shapely.centroid(shapes[4]), 0.0006)
    return Grids(np.append(base.codes[keep], "230199000001900"), np.append(shapes[keep], filling))


def hard(within: Grids, seed: int, count: int = 400) -> Floats:
    """About `count` lon/lat points (n, 2) around `within`."""
    rng = np.random.default_rng(seed)
    rings = shapely.get_coordinates(within.polygons)
    pick = rng.integers(0, len(rings) - 1, count)
    start, end = rings[pick], rings[pick + 1]
    share = rng.choice([0.0, 0.5, 0.25, 0.3, 0.7], count)[:, None]
    on = start + (end - start) * share
    nudge = rng.normal(size=(count, 2)) * 10.0 ** rng.uniform(-17, -4, count)[:, None]
    nudge[: count // 4] = 0
    bent = on + nudge
    left, bottom, right, top = shapely.total_bounds(within.polygons)
    free = rng.uniform([left - 0.001, bottom - 0.001], [right + 0.001, top + 0.001], (count // 2, 2))
    return np.concatenate([bent, free])


def off_a_plane_border(metres: float, count: int) -> tuple[Grids, np.ndarray]:
    """A square of the plane of 126° E and points (n, 2) exactly so many metres north of its northern edge."""
    crs = metric_crs(126.0)
    left, bottom = 500_000.0, 5_000_000.0
    square = shapely.box(left, bottom, left + 700, bottom + 700)
    x = np.linspace(left + 3, left + 697, count)
    degrees = transform([square], crs, CRS.from_epsg(LONLAT))
    lon, lat = unproject_xy(x, np.full(count, bottom + 700 + metres), crs)
    return Grids(np.array(["1"], dtype=object), degrees), np.column_stack((lon, lat))
