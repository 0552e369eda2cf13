"""GeoJSON read strictly by RFC 7946, feature by feature, with every flaw named.

No library reads client text here: the text becomes checked Python values, and only those become geometry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from gis.base.crs import LONLAT
from gis.base.errors import Invalid, InvalidFile, Problem
from gis.formats import jsontext
from gis.formats.geojson_geometry import DEPTH, Flaw, Seen, check_bbox, read_geometry

_CRS_NAME = re.compile(
    r"(urn:(x-)?ogc:def:crs:|https?://www\.opengis\.net/def/crs/|EPSG:|OGC:)[\w:/.-]{1,60}"
)

NOTES = {
    "z_dropped": ("已去掉高程等第三维坐标", "ordinates beyond longitude and latitude were dropped"),
    "ring_winding": ("环的方向不合 RFC 7946，已接受", "rings against the right-hand rule were accepted"),
    "holes": ("多边形有孔洞，已保留", "polygons with holes, kept"),
    "single_part": ("多部件几何只有一个部件", "a multi-part geometry has one part only"),
    "collection": ("几何集合", "a geometry collection"),
    "geometry_null": ("几何为空（null）", "the geometry is null"),
    "not_wrapped": ("文件是单个几何，没有属性", "the file is a bare geometry without properties"),
    "crs_member": ("使用了旧式 crs 成员声明的坐标系", "the reference system of the old crs member is used"),
    "bbox_disagrees": ("bbox 与坐标不符，已忽略", "bbox disagrees with the coordinates and is ignored"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A read file: `frame` has one row a feature (geometry None where refused), problems and notes by row."""

    frame: gpd.GeoDataFrame
    problems: list[Problem]
    notes: list[Problem]


def _whole(code: str, zh: str, en: str, field: str | None = None) -> InvalidFile:
    return InvalidFile([Problem(None, field, code, zh, en)])


def _as_problem(flaw: Flaw, row: int | None) -> Problem:
    return Problem(row, flaw.field, flaw.code, flaw.zh, flaw.en, flaw.value)


def _features(root: Any) -> tuple[list[Any], set[str]]:
    """The feature objects of a document, whatever its outermost object is."""
    if not isinstance(root, dict):
        raise _whole("not_geojson", "最外层不是对象", "the outermost value is not an object")
    kind = root.get("type")
    try:
        check_bbox(root)
    except Flaw as flaw:
        raise InvalidFile([_as_problem(flaw, None)]) from flaw
    if kind == "FeatureCollection":
        if "features" not in root:
            raise _whole("features_missing", "缺少 features", "there are no features", "features")
        if not isinstance(root["features"], list):
            raise _whole("features_type", "features 不是数组", "features is not a list", "features")
        return root["features"], set()
    if kind == "Feature":
        return [root], set()
    if kind == "GeometryCollection" or (isinstance(kind, str) and kind in DEPTH) or "coordinates" in root:
        return [{"type": "Feature", "properties": None, "geometry": root}], {"not_wrapped"}
    raise _whole(
        "not_geojson", f"不是 GeoJSON 的 type：{kind!r}"[:80], f"not a GeoJSON type: {kind!r}"[:80], "type"
    )


def _feature(raw: Any, seen: Seen) -> tuple[dict[str, Any], BaseGeometry | None]:
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        raise Flaw("not_a_feature", "不是 Feature 对象", "not a Feature object", field="type", value=raw)
    check_bbox(raw)
    if "properties" not in raw:
        raise Flaw("properties_missing", "缺少 properties", "properties are missing", field="properties")
    properties = raw["properties"]
    if properties is not None and not isinstance(properties, dict):
        raise Flaw(
            "properties_type", "properties 不是对象", "properties is not an object", field="properties"
        )
    if "id" in raw and (isinstance(raw["id"], bool) or not isinstance(raw["id"], str | int | float)):
        raise Flaw("id_type", "id 不是字符串或数字", "id is neither text nor a number", field="id")
    if "geometry" not in raw:
        raise Flaw("geometry_missing", "缺少 geometry", "geometry is missing")
    values = dict(properties or {})
    if "id" in raw:
        values.setdefault("id", raw["id"])
    if raw["geometry"] is None:
        seen.codes.add("geometry_null")
        return values, None
    return values, read_geometry(raw["geometry"], seen)


def _box_disagrees(raw: dict[str, Any], geometry: BaseGeometry | None) -> bool:
    if "bbox" not in raw or geometry is None or shapely.is_empty(geometry):
        return False
    box = raw["bbox"]
    flat = box if len(box) == 4 else [box[0], box[1], box[3], box[4]]
    return not np.allclose(flat, shapely.bounds(geometry), atol=1e-6)


def _crs(root: dict[str, Any]) -> CRS | None:
    """The reference system of an old-style `crs` member, None without one."""
    member = root.get("crs")
    if member is None:
        return None
    name = member.get("properties", {}).get("name") if isinstance(member, dict) else None
    try:
        # Only names: a text of the file must not reach the library as a path or a definition.
        crs = CRS.from_user_input(name if _CRS_NAME.fullmatch(str(name)) else "")
    except CRSError as error:
        raise Invalid(
            "crs_unknown", "crs 成员无法识别", "the crs member is not understood", field="crs"
        ) from error
    return CRS.from_epsg(LONLAT) if crs.equals(CRS.from_user_input("OGC:CRS84")) else crs


def _note(code: str, row: int | None) -> Problem:
    zh, en = NOTES[code]
    return Problem(row, None, code, zh, en)


def read_geojson(data: bytes, *, strict_winding: bool = False) -> Document:
    """Read GeoJSON bytes.

    The frame's reference system is longitude, latitude (EPSG:4326) unless an old `crs` member names another.
    Faults of the file as a whole raise (`Invalid`, `InvalidFile`); faults of a feature become problems of its
    row. Rings against the right-hand rule are accepted with a note, as RFC 7946 asks of readers, or refused
    with `strict_winding`.
    """
    root = jsontext.parse(data)
    features, whole = _features(root)
    crs = _crs(root)
    notes = [_note(code, None) for code in sorted(whole | ({"crs_member"} if crs else set()))]
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    geometries = np.full(len(features), None, dtype=object)
    for position, raw in enumerate(features):
        seen = Seen(strict_winding=strict_winding)
        values: dict[str, Any] = {}
        try:
            values, geometries[position] = _feature(raw, seen)
            if _box_disagrees(raw, geometries[position]):
                seen.codes.add("bbox_disagrees")
        except Flaw as flaw:
            problems.append(_as_problem(flaw, position + 1))
            if isinstance(raw, dict) and isinstance(raw.get("properties"), dict):
                values = raw["properties"]
        rows.append(values)
        notes += [_note(code, position + 1) for code in sorted(seen.codes)]
    frame = pd.DataFrame(rows, index=pd.RangeIndex(len(rows)), dtype=object)
    frame = frame.drop(columns="geometry", errors="ignore")
    return Document(gpd.GeoDataFrame(frame, geometry=geometries, crs=crs or LONLAT), problems, notes)
