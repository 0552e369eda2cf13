"""Checks of whole geometry columns: what may not be stored is named row by row, with its place.

Nothing is mended silently. What is changed without loss of meaning (a third ordinate dropped, a one-part
multi-geometry unpacked) is said in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.base.datum import swapped
from gis.base.errors import Problem

Geometries = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

FINEST_DEGREES = 1e-9
MANY_VERTICES, DENSE_M = 500, 0.5


class Kind(StrEnum):
    """The shapes a layer may hold; one part or many."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


TYPES: dict[Kind, tuple[int, int]] = {Kind.POINT: (0, 4), Kind.LINE: (1, 5), Kind.POLYGON: (3, 6)}
NAMES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "Collection",
)


@dataclass(slots=True)
class Checked:
    """Checked geometries (None where refused), with problems and notes of rows counted from 1."""

    geometries: Geometries
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def refuse(
        self, mask: Mask, code: str, zh: str, en: str, value: Callable[[BaseGeometry], str] | None = None
    ) -> None:
        """Record a problem for every masked row and take its geometry out of further checks."""
        for row in np.flatnonzero(mask):
            text = None if value is None else value(self.geometries[row])[:120]
            self.problems.append(Problem(int(row) + 1, "geometry", code, zh, en, text))
        self.geometries[mask] = None

    def note(self, mask: Mask, code: str, zh: str, en: str) -> None:
        """Record a note for every masked row."""
        self.notes += [Problem(int(row) + 1, "geometry", code, zh, en) for row in np.flatnonzero(mask)]


def _place(geometry: BaseGeometry) -> str:
    return str(shapely.is_valid_reason(geometry))


def _bounds(geometry: BaseGeometry) -> str:
    return ", ".join(f"{value:.7g}" for value in shapely.bounds(geometry))


def _swap_hint(geometry: BaseGeometry) -> str:
    left, bottom, right, top = shapely.bounds(geometry)
    return f"({left:.7g}, {bottom:.7g}) → ({(bottom + top) / 2:.7g}, {(left + right) / 2:.7g})"


def swapped_in_china(geometries: Geometries) -> Mask:
    """True where every vertex has a Chinese latitude as longitude and a Chinese longitude as latitude."""
    left, bottom, right, top = shapely.bounds(geometries).T
    with np.errstate(invalid="ignore"):
        both: Mask = swapped(left, bottom) & swapped(right, top)
    return both


def _finite(geometries: Geometries) -> Mask:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    bad = np.unique(owner[~np.isfinite(xy).all(axis=1)])
    mask = np.ones(len(geometries), dtype=bool)
    mask[bad] = False
    return mask


def _check_presence(checked: Checked, *, required: bool) -> None:
    missing = shapely.is_missing(checked.geometries)
    if required:
        checked.refuse(missing, "geometry_missing", "缺少几何或坐标", "there is no geometry or coordinate")
    empty = shapely.is_empty(checked.geometries) & ~missing
    checked.refuse(empty, "geometry_empty", "几何为空", "the geometry is empty")
    deep = shapely.has_z(checked.geometries) | shapely.has_m(checked.geometries)
    checked.note(deep, "z_dropped", "已去掉高程等第三维坐标", "ordinates beyond x and y were dropped")
    checked.geometries = shapely.force_2d(checked.geometries)
    checked.refuse(
        ~_finite(checked.geometries),
        "bad_coordinate",
        "坐标不是有限数",
        "a coordinate is not a finite number",
    )


def _check_kind(checked: Checked, kinds: Iterable[Kind]) -> None:
    allowed = [code for kind in kinds for code in TYPES[kind]]
    types = shapely.get_type_id(checked.geometries)
    wrong = ~np.isin(types, allowed) & (types >= 0)
    wanted = "、".join(kinds)
    checked.refuse(
        wrong,
        "geometry_kind",
        f"几何类型不符，应为 {wanted}",
        f"the geometry should be {', '.join(kinds)}",
        lambda geometry: NAMES[shapely.get_type_id(geometry)],
    )


def check_places(checked: Checked) -> None:
    """Refuse lon/lat geometries that are swapped, at (0, 0), or beyond ±180, ±90."""
    checked.refuse(
        swapped_in_china(checked.geometries),
        "swapped_axes",
        "经度和纬度写反了，请对调两列",
        "longitude and latitude are swapped; exchange the two",
        _swap_hint,
    )
    left, bottom, right, top = shapely.bounds(checked.geometries).T
    with np.errstate(invalid="ignore"):
        outside = (left < -180) | (right > 180) | (bottom < -90) | (top > 90)
        nowhere = (left == 0) & (right == 0) & (bottom == 0) & (top == 0)
    checked.refuse(
        outside,
        "out_of_range",
        "坐标超出经纬度范围",
        "a coordinate is outside longitude and latitude",
        _bounds,
    )
    checked.refuse(
        nowhere, "null_island", "坐标为 (0, 0)，通常是缺失值", "the place is (0, 0), usually a missing value"
    )


def _check_shape(checked: Checked) -> None:
    geometries = checked.geometries
    types = shapely.get_type_id(geometries)
    lines, areas = np.isin(types, (1, 5)), np.isin(types, (3, 6))
    flat = areas & (shapely.area(geometries) == 0)
    checked.refuse(flat, "zero_area", "多边形面积为零", "the polygon has no area", _bounds)
    still = lines & (shapely.length(geometries) == 0)
    checked.refuse(still, "zero_length", "线的长度为零", "the line has no length", _bounds)
    broken = ~shapely.is_valid(checked.geometries) & ~shapely.is_missing(checked.geometries)
    checked.refuse(
        broken,
        "invalid_geometry",
        "几何无效（自相交、孔在外等），位置见值",
        "the geometry is invalid (self-intersection, hole outside …) at the place given",
        _place,
    )


def _duplicates(geometries: Geometries) -> Mask:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    repeated = (xy[1:] == xy[:-1]).all(axis=1) & (owner[1:] == owner[:-1])
    mask = np.zeros(len(geometries), dtype=bool)
    mask[owner[1:][repeated]] = True
    return mask & (shapely.get_type_id(geometries) < 4) & (shapely.get_type_id(geometries) > 0)


def _finer_than(geometries: Geometries, step: float) -> Mask:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    fine = (np.abs(xy / step - np.round(xy / step)) > 1e-4).any(axis=1)
    mask = np.zeros(len(geometries), dtype=bool)
    mask[owner[fine]] = True
    return mask


def add_notes(checked: Checked, *, lonlat: bool) -> None:
    """Notes on what is accepted as it is: repeated vertices, needless precision or density, the date line."""
    geometries = checked.geometries
    checked.note(
        _duplicates(geometries), "duplicate_vertices", "相邻顶点重复，已保留", "repeated vertices, kept"
    )
    if not lonlat:
        return
    checked.note(
        _finer_than(geometries, FINEST_DEGREES),
        "precision",
        "坐标多于九位小数，原样保留",
        "more than nine decimals, kept as given",
    )
    vertices = shapely.get_num_coordinates(geometries)
    spacing_m = shapely.length(geometries) * 111_000 / np.maximum(vertices, 1)
    with np.errstate(invalid="ignore"):
        dense = (vertices > MANY_VERTICES) & (spacing_m < DENSE_M)
        left, _, right, _ = shapely.bounds(geometries).T
        wide = right - left > 180
    checked.note(dense, "many_vertices", "顶点过密（间距小于 0.5 米）", "vertices closer than 0.5 m")
    checked.note(
        wide, "antimeridian", "几何跨越 180° 经线或半球", "the geometry spans more than half the globe"
    )


def check_geometries(
    geometries: npt.ArrayLike, *, kinds: Iterable[Kind] = Kind, lonlat: bool = True, required: bool = True
) -> Checked:
    """Check a geometry column.

    `lonlat`: coordinates are longitude, latitude in degrees (places are checked too), else metres of some
    plane system. Problem codes: `geometry_missing` (when `required`), `geometry_empty`, `bad_coordinate`,
    `geometry_kind`, `swapped_axes`, `out_of_range`, `null_island`, `zero_area`, `zero_length`,
    `invalid_geometry`. Rows are named once, by the first of these.
    """
    checked = Checked(np.array(geometries, dtype=object, copy=True))
    _check_presence(checked, required=required)
    _check_kind(checked, tuple(kinds))
    if lonlat:
        check_places(checked)
    _check_shape(checked)
    add_notes(checked, lonlat=lonlat)
    checked.problems.sort(key=lambda problem: problem.row or 0)
    return checked
