"""Datums: WGS-84, GCJ-02 and BD-09, both ways.

GCJ-02 and BD-09 have no published definition; these are the formulas the public derived from map services.
They agree with the services within a few metres, so the raw pair and its datum are always kept beside a
converted one. The inverse here is the inverse of these formulas to below a micrometre.

Outside the conventional bounding box of China (72.004-137.8347° E, 0.8293-55.8271° N, edges included in the
box) every conversion is the identity. The test is made once, on the pair as it comes in; within about 700 m
of the box's edge, far from any Chinese soil, the two directions therefore do not undo each other.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from gis.base.errors import Invalid

Floats = npt.NDArray[np.float64]
Scalar = float | int | np.floating[Any] | np.integer[Any]
_SCALARS = (float, int, np.floating, np.integer)

BOX_LEFT, BOX_BOTTOM, BOX_RIGHT, BOX_TOP = 72.004, 0.8293, 137.8347, 55.8271
# Ranges of the country itself: they never overlap, so an exchanged pair is recognised without doubt.
CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)

# The Krasovsky 1940 ellipsoid: semi-major axis in metres, squared eccentricity.
_AXIS_M, _ECC2 = 6378245.0, 0.00669342162296594323
_LON_0, _LAT_0 = 105.0, 35.0
_BD_TURN = math.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006
# Each step shrinks the error about 170 times: 700 m, 4 m, 3 cm, 0.2 mm, 1 µm, below a double's resolution.
_STEPS = 6


class CoordSys(StrEnum):
    """The datum a pair of coordinates was given in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"

    @classmethod
    def parse(cls, value: str) -> CoordSys:
        """The member called `value`; Invalid `unknown_coord_sys` for anything else."""
        try:
            return cls(value)
        except ValueError:
            known = ", ".join(cls)
            raise Invalid(
                "unknown_coord_sys",
                f"未知的坐标系“{value}”，可用：{known}",
                f"unknown coordinate system {value!r}, expected one of {known}",
                field="coord_sys",
                known=[str(member) for member in cls],
            ) from None


@overload
def to_wgs84(lon: Scalar, lat: Scalar, coord_sys: CoordSys | str) -> tuple[float, float]: ...
@overload
def to_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, coord_sys: CoordSys | str
) -> tuple[Floats, Floats] | tuple[float, float]: ...
def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, coord_sys: CoordSys | str) -> tuple[Any, Any]:
    """Degrees in `coord_sys` to degrees in WGS-84: floats give floats, arrays (broadcast) give new arrays.

    CGCS2000 is WGS-84 within decimetres and is passed through. GCJ-02 and BD-09 are inverted by iteration
    until converting back gives the input within 1 µm. Raises Invalid `unknown_coord_sys`, or
    `bad_coordinate` for values that are not finite or not on earth.
    """
    kind = CoordSys.parse(coord_sys)
    if isinstance(lon, _SCALARS) and isinstance(lat, _SCALARS):
        return _scalar(float(lon), float(lat), kind, inverse=True)
    return _arrays(lon, lat, kind, inverse=True)


@overload
def from_wgs84(lon: Scalar, lat: Scalar, coord_sys: CoordSys | str) -> tuple[float, float]: ...
@overload
def from_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, coord_sys: CoordSys | str
) -> tuple[Floats, Floats] | tuple[float, float]: ...
def from_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, coord_sys: CoordSys | str) -> tuple[Any, Any]:
    """Degrees in WGS-84 to degrees in `coord_sys`; shapes and errors as in `to_wgs84`."""
    kind = CoordSys.parse(coord_sys)
    if isinstance(lon, _SCALARS) and isinstance(lat, _SCALARS):
        return _scalar(float(lon), float(lat), kind, inverse=False)
    return _arrays(lon, lat, kind, inverse=False)


def swapped(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Any:
    """True where the pair lies in China only when read the other way round (bool, or a bool array)."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    answer = (CHINA_LAT[0] <= x) & (x <= CHINA_LAT[1]) & (CHINA_LON[0] <= y) & (y <= CHINA_LON[1])
    return bool(answer) if answer.ndim == 0 else answer


def refuse_swapped(lon: float, lat: float) -> None:
    """Raise Invalid `swapped_axes`, with the pair exchanged as the suggestion, where `swapped` says so."""
    if CHINA_LAT[0] <= lon <= CHINA_LAT[1] and CHINA_LON[0] <= lat <= CHINA_LON[1]:
        raise Invalid(
            "swapped_axes",
            f"经纬度似乎写反了：经度 {lon}、纬度 {lat}；是否应为经度 {lat}、纬度 {lon}？",
            f"longitude {lon} and latitude {lat} look exchanged; did you mean {lat}, {lon}?",
            field="lon",
            suggestion={"lon": lat, "lat": lon},
        )


def _bad(lon: float, lat: float, **facts: Any) -> Invalid:
    return Invalid(
        "bad_coordinate",
        f"坐标无效：经度 {lon}、纬度 {lat}；经度应在 -180 到 180，纬度应在 -90 到 90",
        f"longitude {lon}, latitude {lat} is not a place on earth (±180, ±90)",
        field="lon" if not -180 <= lon <= 180 else "lat",
        **facts,
    )


def _scalar(lon: float, lat: float, kind: CoordSys, *, inverse: bool) -> tuple[float, float]:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _bad(lon, lat)
    inside = BOX_LEFT <= lon <= BOX_RIGHT and BOX_BOTTOM <= lat <= BOX_TOP
    if not inside or kind is CoordSys.WGS84 or kind is CoordSys.CGCS2000:
        return lon, lat
    change = _gcj_scalar if kind is CoordSys.GCJ02 else _wgs_to_bd_scalar
    if not inverse:
        return change(lon, lat)
    x, y = lon, lat
    for _ in range(_STEPS):
        there_x, there_y = change(x, y)
        x, y = x - (there_x - lon), y - (there_y - lat)
    return x, y


def _arrays(lon: npt.ArrayLike, lat: npt.ArrayLike, kind: CoordSys, *, inverse: bool) -> tuple[Any, Any]:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    if x.ndim == 0:
        return _scalar(float(x), float(y), kind, inverse=inverse)
    x, y = x.copy(), y.copy()
    good = (x >= -180) & (x <= 180) & (y >= -90) & (y <= 90)
    if not good.all():
        first = int(np.argmin(good.ravel()))
        raise _bad(float(x.flat[first]), float(y.flat[first]), index=first, count=int((~good).sum()))
    if kind is CoordSys.WGS84 or kind is CoordSys.CGCS2000:
        return x, y
    inside = (x >= BOX_LEFT) & (x <= BOX_RIGHT) & (y >= BOX_BOTTOM) & (y <= BOX_TOP)
    change = _gcj_arrays if kind is CoordSys.GCJ02 else _wgs_to_bd_arrays
    from_x, from_y = x[inside], y[inside]
    if not inverse:
        x[inside], y[inside] = change(from_x, from_y)
        return x, y
    at_x, at_y = from_x.copy(), from_y.copy()
    for _ in range(_STEPS):
        there_x, there_y = change(at_x, at_y)
        at_x -= there_x - from_x
        at_y -= there_y - from_y
    x[inside], y[inside] = at_x, at_y
    return x, y


# The scalar and the array form below are the same formulas; a test holds them together. One point through
# numpy costs thirty times what it costs through `math`, and intake converts one point at a time.


def _gcj_scalar(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - _LON_0, lat - _LAT_0
    sin, pi = math.sin, math.pi
    root, both = math.sqrt(abs(x)), x * y
    wave = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * both + 0.2 * root
    north += (wave + 20.0 * sin(pi * y) + 40.0 * sin(pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * sin(pi * y / 12.0) + 320.0 * sin(pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * both + 0.1 * root
    east += (wave + 20.0 * sin(pi * x) + 40.0 * sin(pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * sin(pi * x / 12.0) + 300.0 * sin(pi * x / 30.0)) * 2.0 / 3.0
    phi = math.radians(lat)
    term = 1.0 - _ECC2 * sin(phi) ** 2
    root_term = math.sqrt(term)
    meridian_m = _AXIS_M * (1.0 - _ECC2) / (term * root_term)
    parallel_m = _AXIS_M / root_term * math.cos(phi)
    return lon + math.degrees(east / parallel_m), lat + math.degrees(north / meridian_m)


def _bd_scalar(lon: float, lat: float) -> tuple[float, float]:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return radius * math.cos(angle) + _BD_LON, radius * math.sin(angle) + _BD_LAT


def _wgs_to_bd_scalar(lon: float, lat: float) -> tuple[float, float]:
    return _bd_scalar(*_gcj_scalar(lon, lat))


def _gcj_arrays(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - _LON_0, lat - _LAT_0
    pi = math.pi
    root, both = np.sqrt(np.abs(x)), x * y
    wave = 20.0 * np.sin(6.0 * pi * x) + 20.0 * np.sin(2.0 * pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * both + 0.2 * root
    north += (wave + 20.0 * np.sin(pi * y) + 40.0 * np.sin(pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(pi * y / 12.0) + 320.0 * np.sin(pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * both + 0.1 * root
    east += (wave + 20.0 * np.sin(pi * x) + 40.0 * np.sin(pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(pi * x / 12.0) + 300.0 * np.sin(pi * x / 30.0)) * 2.0 / 3.0
    phi = np.radians(lat)
    term = 1.0 - _ECC2 * np.sin(phi) ** 2
    root_term = np.sqrt(term)
    meridian_m = _AXIS_M * (1.0 - _ECC2) / (term * root_term)
    parallel_m = _AXIS_M / root_term * np.cos(phi)
    return lon + np.degrees(east / parallel_m), lat + np.degrees(north / meridian_m)


def _wgs_to_bd_arrays(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = _gcj_arrays(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    return radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT
