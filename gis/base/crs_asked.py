"""A reference system somebody asks for, by number or as text: read without trusting it.

The text goes to PROJ, which could be told to open files and the network by names of grids; whatever names one is
refused, and what is left must be an ordinary plane or geographic system that can hold the data.
"""

from __future__ import annotations

import re
import warnings
from math import nan

from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined] # a compiled function

from gis.base.crs import LONLAT, ZONE_EAST, ZONE_WEST, metric_crs
from gis.base.errors import Invalid

ZONED = "cgcs2000-3"
"""Asks for the 3-degree CGCS2000 zone of the data."""
LONGEST_WKT, DEEPEST_WKT = 8000, 24
_CODE = re.compile(r"(?:EPSG:)?(\d{4,6})", re.ASCII | re.IGNORECASE)
_BEGINS = re.compile(r"(PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS|PROJECTEDCRS|GEOGRAPHICCRS)\s*\[", re.ASCII)
_OPENS_FILES = re.compile(
    r"EXTENSION|PARAMETERFILE|BOUNDCRS|ABRIDGEDTRANSFORMATION|COORDINATEOPERATION|DERIVINGCONVERSION|"
    r"CONCATENATED|GRIDS|PIPELINE|METHOD\s*\[\s*\"\s*PROJ\b|\+\s*PROJ\s*=|FILE\s*:|HTTPS?\s*:",
    re.IGNORECASE,
)
_WORST_SCALE, _MOST_TURNED = 2.5, 45.0  # Web Mercator at 66° north; a plane of another continent lies askew
_NEAR = 1e-6  # degrees a point may be off after there and back


def asked_crs(asked: str, lon: float, lat: float) -> CRS:
    """The system `asked` names: an EPSG code, WKT, or `cgcs2000-3`, the zone of the data around (`lon`, `lat`).

    Raises Invalid: `unknown_crs` for what PROJ does not know, `bad_wkt` for text that is too long, names files or is
    no WKT, `crs_kind` for other than plane and geographic systems of two axes, `crs_far` where the data does not fit,
    `outside_zones` for a zone outside 73.5–136.5° E.
    """
    text = asked.strip()
    if text.lower() == ZONED:
        return _zone(lon)
    set_network_enabled(active=False)
    crs = _named(text) if (_CODE.fullmatch(text)) else _written(text)
    if not (crs.is_projected or crs.is_geographic) or len(crs.axis_info) != 2:
        raise _refuse(
            "crs_kind",
            "只接受二维的投影或地理坐标系",
            "only plane and geographic systems of two axes are taken",
        )
    _refuse_far(crs, lon, lat)
    return crs


def _zone(lon: float) -> CRS:
    if not ZONE_WEST <= lon <= ZONE_EAST:
        raise _refuse(
            "outside_zones",
            "数据不在 CGCS2000 三度带范围内，请用 EPSG 代码或 WKT",
            "the data lies outside the CGCS2000 zones; give an EPSG code or WKT",
        )
    return metric_crs(lon)


def _named(text: str) -> CRS:
    try:
        return CRS.from_epsg(int(text.rpartition(":")[2]))
    except CRSError as error:
        raise _refuse("unknown_crs", f"没有坐标系 {text}", f"there is no reference system {text}") from error


def _written(text: str) -> CRS:
    depth = deepest = 0
    for sign in text[: LONGEST_WKT + 1]:
        depth += (sign in "[(") - (sign in "])")
        deepest = max(deepest, depth)
    if (
        len(text) > LONGEST_WKT
        or deepest > DEEPEST_WKT
        or not _BEGINS.match(text.upper())
        or _OPENS_FILES.search(text)
        or any(ord(sign) < 32 and sign not in "\r\n\t" for sign in text)
    ):
        raise _refuse(
            "bad_wkt",
            f"坐标系应为 EPSG 代码、{ZONED} 或 WKT（不超过 {LONGEST_WKT} 字，不引用格网文件）",
            f"give an EPSG code, {ZONED} or WKT (at most {LONGEST_WKT} signs, naming no grid files)",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return CRS.from_wkt(text)
    except CRSError as error:
        raise _refuse("unknown_crs", "无法识别此 WKT", "this WKT cannot be read") from error


def _refuse_far(crs: CRS, lon: float, lat: float) -> None:
    try:
        there = Transformer.from_crs(LONLAT, crs, always_xy=True)
        x, y = there.transform(lon, lat, errcheck=True)
        back = there.transform(x, y, direction="INVERSE", errcheck=True)
        scale, turned = _distortion(crs, lon, lat)
    except ProjError:
        back, scale, turned = (nan, nan), nan, nan
    near = abs(back[0] - lon) < _NEAR and abs(back[1] - lat) < _NEAR
    if not (near and 1 / _WORST_SCALE < scale < _WORST_SCALE and turned < _MOST_TURNED):
        raise _refuse("crs_far", "此坐标系不适用于数据所在位置", "this system cannot hold where the data is")


def _distortion(crs: CRS, lon: float, lat: float) -> tuple[float, float]:
    """How many times too long a metre is there, and by how many degrees north is turned."""
    if not crs.is_projected:
        return 1.0, 0.0
    factors = Proj(crs).get_factors(lon, lat, errcheck=True)
    return float(factors.meridional_scale), abs(float(factors.meridian_convergence))


def _refuse(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, zh, en, field="crs")
