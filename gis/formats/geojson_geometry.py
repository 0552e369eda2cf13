"""GeoJSON geometry objects, member by member, to shapely (RFC 7946 section 3.1).

shapely and PostGIS are lenient in different ways (a null ordinate becomes 0, a ring is closed silently, a
string is read as a number, deep nesting crashes the reader), so that nothing is handed to them unchecked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
_NUMBERS = {int, float}


class Flaw(ValueError):
    """One thing wrong with one geometry or feature object."""

    def __init__(self, code: str, zh: str, en: str, *, field: str = "geometry", value: Any = None) -> None:
        super().__init__(code)
        self.code, self.zh, self.en, self.field = code, zh, en, field
        self.value = None if value is None else str(value)[:80]


@dataclass(slots=True)
class Seen:
    """What was accepted but is worth saying, gathered while reading one geometry (code -> facts)."""

    codes: set[str] = field(default_factory=set)
    strict_winding: bool = False


Positions = npt.NDArray[np.float64]


def _bad_position(position: Any) -> Flaw:
    if isinstance(position, list) and any(isinstance(part, list) for part in position):
        return Flaw(
            "coordinates_depth", "坐标嵌套过深", "the coordinates are nested too deep", value=position
        )
    if isinstance(position, list) and len(position) < 2:
        return Flaw(
            "position_short", "坐标少于两个数", "a position has fewer than two numbers", value=position
        )
    return Flaw("bad_coordinate", "坐标不是数字", "a coordinate is not a number", value=position)


def _positions(raw: Any, seen: Seen) -> Positions:
    """A list of positions as (n, 2) floats; ordinates beyond the second are dropped and noted."""
    if not isinstance(raw, list):
        raise Flaw("coordinates_depth", "坐标嵌套过浅", "the coordinates are nested too shallow", value=raw)
    if not set(map(type, raw)) <= {list}:
        if all(type(item) in _NUMBERS for item in raw):
            raise Flaw(
                "coordinates_depth", "坐标嵌套过浅", "the coordinates are nested too shallow", value=raw
            )
        raise _bad_position(next(item for item in raw if type(item) is not list))
    sizes = set(map(len, raw))
    if not set(map(type, chain.from_iterable(raw))) <= _NUMBERS or min(sizes, default=2) < 2:
        raise _bad_position(next(p for p in raw if len(p) < 2 or not set(map(type, p)) <= _NUMBERS))
    if len(sizes) > 1:
        raise Flaw("mixed_dimensions", "坐标维数不一致", "the positions have different lengths")
    if max(sizes, default=2) > 2:
        seen.codes.add("z_dropped")
    array = np.array(raw, dtype=np.float64).reshape(len(raw), max(sizes, default=2))[:, :2]
    return np.ascontiguousarray(array.reshape(-1, 2))


def _ring(raw: Any, seen: Seen, *, hole: bool) -> shapely.LinearRing:
    xy = _positions(raw, seen)
    if len(xy) and not np.array_equal(xy[0], xy[-1]):
        raise Flaw("ring_unclosed", "环未闭合", "the ring is not closed", value=xy[0].tolist())
    if len(xy) < 4 or len(set(map(tuple, xy.tolist()))) < 3:
        raise Flaw("ring_too_short", "环的不同顶点少于三个", "the ring has fewer than three distinct points")
    ring = shapely.LinearRing(xy)
    if bool(shapely.is_ccw(ring)) == hole:
        if seen.strict_winding:
            raise Flaw(
                "ring_winding",
                "环的方向不符合 RFC 7946（外环逆时针、内环顺时针）",
                "the ring does not follow the right-hand rule of RFC 7946",
                value=xy[0].tolist(),
            )
        seen.codes.add("ring_winding")
    return ring


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list) or (raw and not isinstance(raw[0], list)):
        raise Flaw("coordinates_depth", "坐标嵌套过浅", "the coordinates are nested too shallow", value=raw)
    return raw


def _point(raw: Any, seen: Seen) -> BaseGeometry:
    if not isinstance(raw, list):
        raise _bad_position(raw)
    return shapely.Point(_positions([raw], seen)[0]) if raw else shapely.Point()


def _line(raw: Any, seen: Seen) -> BaseGeometry:
    xy = _positions(raw, seen)
    if len(xy) == 1:
        raise Flaw("line_too_short", "线少于两个点", "the line has fewer than two positions")
    return shapely.LineString(xy)


def _polygon(raw: Any, seen: Seen) -> BaseGeometry:
    rings = _list(raw)
    if not rings:
        return shapely.Polygon()
    shell = _ring(rings[0], seen, hole=False)
    holes = [_ring(ring, seen, hole=True) for ring in rings[1:]]
    if holes:
        seen.codes.add("holes")
    return shapely.Polygon(shell, holes)


def _many(
    make: Callable[[Any, Seen], BaseGeometry], gather: Callable[..., BaseGeometry]
) -> Callable[[Any, Seen], BaseGeometry]:
    def build(raw: Any, seen: Seen) -> BaseGeometry:
        parts = [make(part, seen) for part in _list(raw)]
        if any(part.is_empty for part in parts):
            raise Flaw("part_empty", "多部件几何中有空部件", "a part of the multi-part geometry is empty")
        if len(parts) == 1:
            seen.codes.add("single_part")
        return gather(parts)

    return build


_BUILD: dict[str, Callable[[Any, Seen], BaseGeometry]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _many(_point, shapely.MultiPoint),
    "MultiLineString": _many(_line, shapely.MultiLineString),
    "MultiPolygon": _many(_polygon, shapely.MultiPolygon),
}


def check_bbox(owner: dict[str, Any]) -> None:
    """Refuse a `bbox` member that is not a list of four or six numbers."""
    if "bbox" not in owner:
        return
    box = owner["bbox"]
    if not isinstance(box, list):
        raise Flaw("bbox_type", "bbox 不是数组", "bbox is not a list", field="bbox", value=box)
    if len(box) not in {4, 6}:
        raise Flaw(
            "bbox_length", "bbox 应有 4 或 6 个数", "bbox needs 4 or 6 numbers", field="bbox", value=box
        )
    if not set(map(type, box)) <= _NUMBERS:
        raise Flaw(
            "bbox_number", "bbox 含非数字", "bbox holds something not a number", field="bbox", value=box
        )


def _collection(raw: dict[str, Any], seen: Seen) -> BaseGeometry:
    members = raw.get("geometries")
    if not isinstance(members, list):
        raise Flaw("geometries_missing", "缺少 geometries 数组", "there is no list of geometries")
    if any(isinstance(member, dict) and member.get("type") == "GeometryCollection" for member in members):
        raise Flaw("collection_nested", "几何集合嵌套", "a geometry collection inside a collection")
    seen.codes.add("collection")
    return shapely.GeometryCollection([read_geometry(member, seen) for member in members])


def read_geometry(raw: Any, seen: Seen) -> BaseGeometry:
    """One geometry object as shapely, two-dimensional; raises `Flaw`, adds notes to `seen`."""
    if not isinstance(raw, dict):
        raise Flaw("geometry_type", "几何不是对象", "the geometry is not an object", value=raw)
    check_bbox(raw)
    kind = raw.get("type")
    if kind is None:
        raise Flaw("geometry_type_missing", "几何缺少 type", "the geometry has no type")
    if kind == "GeometryCollection":
        return _collection(raw, seen)
    if not isinstance(kind, str) or kind not in _BUILD:
        raise Flaw("geometry_type_unknown", "未知的几何类型", "the geometry type is unknown", value=kind)
    if "coordinates" not in raw:
        raise Flaw("coordinates_missing", "几何缺少 coordinates", "the geometry has no coordinates")
    return _BUILD[kind](raw["coordinates"], seen)
