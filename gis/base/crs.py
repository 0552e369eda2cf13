"""Coordinate reference systems: the only file that names an EPSG code.

Everything is stored as longitude, latitude in EPSG:4326. CGCS2000 (EPSG:4490) has the same definition
within decimetres, so it is treated as identical and never transformed. Metres come from the local
3-degree CGCS2000 zone, never from Web Mercator, which is 44 % too long at Harbin.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

Floats = npt.NDArray[np.float64]

LONLAT = 4326
CGCS2000 = 4490
WEB_MERCATOR = 3857
ZONE_WEST, ZONE_EAST = 73.5, 136.5
_FIRST_ZONE_CODE, _FIRST_ZONE = 4534, 25


@lru_cache(maxsize=256)
def _metric_crs(meridian: float | int, *, zoned: bool) -> CRS:
    if zoned:
        return CRS.from_epsg(_FIRST_ZONE_CODE + int(meridian) - _FIRST_ZONE)
    return CRS.from_proj4(
        f"+proj=tmerc +lat_0=0 +lon_0={meridian!r} +k=1 +x_0=500000 +y_0=0 +datum=WGS84 +units=m"
    )


def metric_crs(lon: float) -> CRS:
    """The plane system to measure in around longitude `lon` (degrees), metres, axes used as x east, y north.

    Inside 73.5-136.5° E the 3-degree CGCS2000 zone `EPSG:4534 + round(lon/3) - 25`; elsewhere a transverse
    Mercator on the data's own meridian with scale 1 (walking rules, "Metres"). At the zone's edge lengths
    are up to 0.35 m per km too long.
    """
    if ZONE_WEST <= lon <= ZONE_EAST:
        zone = int(np.clip(round(lon / 3), _FIRST_ZONE, 45))
        return _metric_crs(zone, zoned=True)
    return _metric_crs(float(lon), zoned=False)


@lru_cache(maxsize=256)
def transformer(source: Any, target: Any) -> Transformer:
    """A cached transformer that always takes and gives x (east, longitude) before y (north, latitude)."""
    return Transformer.from_crs(source, target, always_xy=True)


def is_lonlat(crs: CRS) -> bool:
    """True when `crs` is plain longitude/latitude on WGS-84 or CGCS2000, which need no transformation."""
    return bool(crs.is_geographic) and crs.to_epsg() in {LONLAT, CGCS2000}


def project_xy(lon: npt.ArrayLike, lat: npt.ArrayLike, crs: CRS) -> tuple[Floats, Floats]:
    """Project degrees (any equal shapes) to metres in `crs`; returns x, y of the same shape."""
    x, y = transformer(CRS.from_epsg(LONLAT), crs).transform(
        np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    )
    return np.asarray(x), np.asarray(y)


def unproject_xy(x: npt.ArrayLike, y: npt.ArrayLike, crs: CRS) -> tuple[Floats, Floats]:
    """Metres in `crs` back to longitude, latitude in degrees."""
    lon, lat = transformer(crs, CRS.from_epsg(LONLAT)).transform(
        np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    )
    return np.asarray(lon), np.asarray(lat)


def transform(geometries: npt.ArrayLike, source: CRS, target: CRS) -> npt.NDArray[np.object_]:
    """Transform an array of shapely geometries from `source` to `target`; x before y, Z dropped, None kept."""
    array = np.asarray(geometries, dtype=object)
    if source == target or (is_lonlat(source) and is_lonlat(target)):
        return array
    change = transformer(source, target)

    def move(xy: Floats) -> Floats:
        return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))

    moved: npt.NDArray[np.object_] = shapely.transform(array, move)
    return moved


def middle_longitude(geometries: npt.ArrayLike) -> float:
    """The longitude midway across lon/lat geometries: the one that chooses their plane system."""
    bounds = shapely.total_bounds(np.asarray(geometries, dtype=object))
    return float((bounds[0] + bounds[2]) / 2)


def to_metric(geometries: npt.ArrayLike, crs: CRS | None = None) -> tuple[npt.NDArray[np.object_], CRS]:
    """Lon/lat geometries in metres: in `crs` when given, else in the plane system of their middle longitude."""
    target = crs or metric_crs(middle_longitude(geometries))
    return transform(geometries, CRS.from_epsg(LONLAT), target), target
