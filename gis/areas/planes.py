"""Metres around a point: which plane it is measured in.

SQL and Python measure in the same plane, chosen by the point alone: inside 73.5-136.5° E its 3-degree
CGCS2000 zone, elsewhere the transverse Mercator of its longitude rounded to a whole degree (scale error at
most 4e-5). A border runs straight between its vertices in that plane.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from gis.base.crs import ZONE_EAST, ZONE_WEST, metric_crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

NEAREST_REACH_M = 50.0
# Nearest grids whose distances differ by less are equally near, and the lowest code wins.
SAME_M = 0.001
# The reach is kept to the micrometre: a point exactly 50 m off is within it in spite of rounding.
REACH_DECIMALS = 6
_OUTSIDE_ZONES = 1000


def plane_keys(lon: npt.ArrayLike) -> Ints:
    """The plane of each longitude: its zone's number (25-45), or 1000 + the nearest whole degree."""
    degrees = np.asarray(lon, dtype=np.float64)
    zoned = (degrees >= ZONE_WEST) & (degrees <= ZONE_EAST)
    zones = np.clip(np.rint(degrees / 3), 25, 45)
    return np.where(zoned, zones, _OUTSIDE_ZONES + np.rint(degrees)).astype(np.int32)


def plane_key(lon: float) -> int:
    """As `plane_keys` of one longitude, without making arrays."""
    zoned = ZONE_WEST <= lon <= ZONE_EAST
    return min(max(round(lon / 3), 25), 45) if zoned else _OUTSIDE_ZONES + round(lon)


@lru_cache(maxsize=512)
def plane_crs(key: int) -> CRS:
    """The plane system of one of `plane_keys`."""
    return metric_crs(float(key - _OUTSIDE_ZONES if key > 45 else 3 * key))


@lru_cache(maxsize=512)
def plane_names(key: int) -> tuple[int | None, str | None]:
    """The plane for PostGIS: its SRID, or where it has none its PROJ definition."""
    crs = plane_crs(key)
    return (crs.to_epsg(), None) if key <= 45 else (None, crs.srs)


def window_deg(lat: npt.ArrayLike, reach_m: float = NEAREST_REACH_M) -> tuple[Floats, float]:
    """Half width and height in degrees of a box that surely holds everything within `reach_m` of a point.

    A degree of latitude is at least 110.57 km and one of longitude at least 111.3 km times the cosine;
    one per cent is added for the scale of the plane.
    """
    cosine = np.cos(np.radians(np.minimum(90.0, np.abs(lat) + 0.01)))
    wide = np.minimum(360.0, reach_m * 1.01 / (111_300.0 * np.maximum(cosine, 1e-6)))
    return wide, reach_m * 1.01 / 110_570.0
