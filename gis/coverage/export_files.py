"""The tables of an answer in the format asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from gis.base.crs import is_lonlat
from gis.base.errors import Invalid
from gis.coverage.table import YES_NO
from gis.coverage.workbook import workbook_bytes
from gis.formats import geofiles
from gis.formats.write import geojson_bytes

MEDIA = {
    "gpkg": "application/geopackage+sqlite3",
    "geoparquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "shp": "application/zip",
    "dxf": "image/vnd.dxf",
}
ENDINGS = {"geoparquet": "parquet", "shp": "shp.zip"}
FIELDS = {
    "楼栋编码": "BLDG_CODE", "名称": "NAME", "地址": "ADDRESS", "街道": "SUBDIST", "社区": "COMMUNITY", "网格": "GRID",
    "居民": "RESIDENTS", "户数": "HOUSEHOLDS", "最近站点": "NEAREST", "最近站点编码": "NEAR_CODE",
    "步行距离_米": "WALK_M", "步行时间_分钟": "WALK_MIN", "次近站点": "SECOND", "次近距离_米": "SECOND_M",
    "次近时间_分钟": "SECOND_MIN", "是否覆盖": "COVERED", "临界": "BORDERLINE", "未覆盖原因": "REASON",
    "出发点": "STARTS_AT", "站点编码": "STATION", "类型": "TYPE", "说明": "NOTE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """What leaves: the buildings with their shapes, the sheets by name; circles and stations are drawn when asked for.

    `homes` and what the calls return are in `crs`.
    """

    crs: CRS
    homes: gpd.GeoDataFrame
    circles: Callable[[], gpd.GeoDataFrame]
    stations: Callable[[], gpd.GeoDataFrame]
    about: pd.DataFrame
    totals: pd.DataFrame
    areas: Mapping[str, pd.DataFrame]


def file_bytes(tables: Tables, kind: str) -> bytes:
    """The file. Raises Invalid `crs_for_format`, `dxf_plane` where the format cannot hold the system."""
    return _WRITERS[kind](tables)


def _geojson(tables: Tables) -> bytes:
    if not is_lonlat(tables.crs):
        raise Invalid(
            "crs_for_format",
            "GeoJSON 只用经纬度（RFC 7946），请换一种格式",
            "GeoJSON holds longitude and latitude only (RFC 7946); choose another format",
            field="crs",
        )
    return geojson_bytes(tables.homes)


def _gpkg(tables: Tables) -> bytes:
    return geofiles.gpkg_bytes(
        {
            "楼栋": tables.homes,
            "服务圈": tables.circles(),
            "站点": tables.stations(),
            "社区": tables.areas["社区"],
            "说明": tables.about,
        }
    )


def _xlsx(tables: Tables) -> bytes:
    points = shapely.point_on_surface(tables.homes.geometry.to_numpy())
    lon, lat = ("经度", "纬度") if tables.crs.is_geographic else ("东坐标", "北坐标")
    digits = 7 if tables.crs.is_geographic else 3
    homes = pd.DataFrame(tables.homes.drop(columns=tables.homes.geometry.name)).assign(
        **{lon: np.round(shapely.get_x(points), digits), lat: np.round(shapely.get_y(points), digits)}
    )
    return workbook_bytes({"说明": tables.about, "汇总": tables.totals, **tables.areas, "楼栋": homes})


def _shp(tables: Tables) -> bytes:
    return geofiles.shapefile_zip(
        {"buildings": tables.homes, "circles": tables.circles(), "stations": tables.stations()},
        FIELDS,
        {"communities": tables.areas["社区"], "about": tables.about},
    )


def _dxf(tables: Tables) -> bytes:
    covered = (tables.homes["是否覆盖"] == YES_NO[True]).to_numpy()
    near = (tables.homes["临界"] == YES_NO[True]).to_numpy()
    layers = {
        "BUILDING_COVERED": tables.homes[covered & ~near],
        "BUILDING_BORDERLINE": tables.homes[near],
        "BUILDING_UNCOVERED": tables.homes[~covered & ~near],
        "CIRCLE": tables.circles(),
        "STATION": tables.stations(),
    }
    return geofiles.dxf_bytes(layers)


_WRITERS: Mapping[str, Callable[[Tables], bytes]] = {
    "gpkg": _gpkg,
    "geoparquet": lambda tables: geofiles.parquet_bytes(tables.homes),
    "xlsx": _xlsx,
    "geojson": _geojson,
    "shp": _shp,
    "dxf": _dxf,
}
