"""From what a file holds to longitude, latitude in WGS-84, with the pair as it came kept beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from gis.base import crs as crs_module
from gis.base import densify
from gis.base.crs import LONLAT, is_lonlat
from gis.base.datum import CoordSys, swapped, to_wgs84
from gis.base.errors import Invalid, Problem
from gis.formats.geometry import Geometries
from gis.formats.row_datum import Datums
from gis.formats.tables import find_lonlat, parse_numbers

SHIFTED = (CoordSys.GCJ02, CoordSys.BD09)


@dataclass(frozen=True, slots=True)
class Points:
    """Points of a table: WGS-84 degrees (NaN where refused or missing), the pair as given, problems by row."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    raw_lon: npt.NDArray[np.float64]
    raw_lat: npt.NDArray[np.float64]
    problems: list[Problem]


def shift_datum(geometries: npt.ArrayLike, coord_sys: CoordSys | str) -> Geometries:
    """Lon/lat geometries given in `coord_sys` in WGS-84; None stays None, a third ordinate is dropped."""
    array = np.asarray(geometries, dtype=object)
    kind = CoordSys.parse(coord_sys)
    if kind not in SHIFTED:
        return array

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], kind))

    moved: Geometries = shapely.transform(array, move)
    return moved


def to_lonlat(frame: gpd.GeoDataFrame, coord_sys: CoordSys | str = CoordSys.WGS84) -> gpd.GeoDataFrame:
    """The frame in longitude, latitude (EPSG:4326). Coordinates already so are kept bit for bit.

    Long edges of a projected system get points that keep them straight on the ground (`gis.base.densify`).

    `coord_sys` names the datum of lon/lat coordinates (`gcj02` and `bd09` are converted); with a projected
    system it must be `wgs84` or `cgcs2000` (Invalid `coord_sys_projected`).
    """
    kind, source = CoordSys.parse(coord_sys), CRS.from_user_input(frame.crs)
    if kind in SHIFTED and not source.is_geographic:
        raise Invalid(
            "coord_sys_projected",
            "投影坐标不能再声明 GCJ-02 或 BD-09",
            "projected coordinates cannot be GCJ-02 or BD-09",
            field="coord_sys",
        )
    lonlat = CRS.from_epsg(LONLAT)
    geometries = frame.geometry.to_numpy()
    if not is_lonlat(source):
        geometries = densify.to_lonlat(geometries, source)
    return frame.set_geometry(gpd.GeoSeries(shift_datum(geometries, kind), index=frame.index, crs=lonlat))


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in frame.columns:
        known = "、".join(map(str, frame.columns))[:200]
        raise Invalid(
            "column_missing",
            f"没有列 {name}，现有：{known}",
            f"no column {name}; there are: {known}",
            field=name,
        )
    return frame[name]


def _name_columns(frame: pd.DataFrame, lon: str | None, lat: str | None) -> tuple[str, str]:
    found = find_lonlat(list(frame.columns))
    lon, lat = lon or (found[0] if found else None), lat or (found[1] if found else None)
    if lon is None or lat is None:
        known = "、".join(map(str, frame.columns))[:200]
        raise Invalid(
            "lonlat_columns",
            f"找不到经纬度列，请用 --map lon=… --map lat=… 指明；现有列：{known}",
            f"no longitude and latitude columns; name them with --map lon=… --map lat=…; there are: {known}",
            field="lon",
        )
    return lon, lat


def _row_problems(
    mask: npt.NDArray[np.bool_], field: str, code: str, zh: str, en: str, values: Any
) -> list[Problem]:
    return [Problem(int(row) + 1, field, code, zh, en, str(values[row])[:80]) for row in np.flatnonzero(mask)]


def _pairs(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> list[str]:
    return [f"{x:.7g}, {y:.7g}" for x, y in zip(lon, lat, strict=True)]


def _refuse_places(lon: Any, lat: Any, field: str) -> tuple[npt.NDArray[np.bool_], list[Problem]]:
    with np.errstate(invalid="ignore"):
        exchanged = swapped(lon, lat)
        nowhere = (lon == 0) & (lat == 0)
        outside = ((np.abs(lon) > 180) | (np.abs(lat) > 90)) & ~exchanged
    pairs = _pairs(lon, lat) if (exchanged | nowhere | outside).any() else []
    hints = [f"{pair} → {y:.7g}, {x:.7g}" for pair, x, y in zip(pairs, lon, lat, strict=False)]
    problems = _row_problems(
        exchanged,
        field,
        "swapped_axes",
        "经度和纬度写反了，请对调两列",
        "longitude and latitude are swapped; exchange the two",
        hints,
    )
    problems += _row_problems(
        nowhere,
        field,
        "null_island",
        "坐标为 (0, 0)，通常是缺失值",
        "the place is (0, 0), usually a missing value",
        pairs,
    )
    problems += _row_problems(
        outside,
        field,
        "out_of_range",
        "坐标超出经纬度范围",
        "a coordinate is outside longitude and latitude",
        pairs,
    )
    return exchanged | nowhere | outside, problems


def table_points(
    frame: pd.DataFrame,
    *,
    lon: str | None = None,
    lat: str | None = None,
    crs: CRS | None = None,
    coord_sys: Datums | str = CoordSys.WGS84,
    required: bool = True,
) -> Points:
    """The points of a table of text columns.

    `lon`, `lat` name the columns (else found by name; x, y of a projected `crs` are meant by them too);
    `coord_sys` is one datum or one a row (n,).
    Problems: `coordinate_missing` (when `required`), `bad_coordinate`, `swapped_axes`, `null_island`,
    `out_of_range`. Raises Invalid `lonlat_columns` or `column_missing`.
    """
    lon, lat = _name_columns(frame, lon, lat)
    x, no_x, bad_x = parse_numbers(_column(frame, lon))
    y, no_y, bad_y = parse_numbers(_column(frame, lat))
    problems = _row_problems(
        bad_x, lon, "bad_coordinate", "坐标不是数字", "not a number", frame[lon].to_numpy()
    )
    problems += _row_problems(
        bad_y, lat, "bad_coordinate", "坐标不是数字", "not a number", frame[lat].to_numpy()
    )
    missing = (no_x | no_y) & ~bad_x & ~bad_y
    if required:
        problems += _row_problems(
            missing, lon, "coordinate_missing", "缺少坐标", "the coordinate is missing", [""] * len(x)
        )
    x[missing | bad_x | bad_y], y[missing | bad_x | bad_y] = np.nan, np.nan
    raw_x, raw_y = x.copy(), y.copy()
    if crs is not None and not is_lonlat(crs):
        x, y = crs_module.transformer(crs, CRS.from_epsg(LONLAT)).transform(x, y)
        x, y = np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)
    refused, more = _refuse_places(x, y, lon)
    x[refused], y[refused] = np.nan, np.nan
    good = np.isfinite(x) & np.isfinite(y)
    datums = np.asarray(coord_sys, dtype=object)
    for kind in {str(datum) for datum in datums.ravel()}:
        rows = good & (datums == kind)
        x[rows], y[rows] = to_wgs84(x[rows], y[rows], kind)
    problems = sorted(problems + more, key=lambda problem: problem.row or 0)
    return Points(x, y, raw_x, raw_y, problems)
