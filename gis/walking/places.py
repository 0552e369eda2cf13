"""Geometries in whole millimetres of the plane, and what stands in which compound."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from gis.base.crs import transform
from gis.walking.model import Bools, Int32s, Int64s, Objects
from gis.walking.network import declared_crs

TOUCH_MM = 100.0


def to_mm(frame: gpd.GeoDataFrame, crs: CRS) -> Objects:
    """The geometries of `frame` (any declared CRS) in whole millimetres of `crs`; invalid polygons are mended.

    Rows without a usable geometry are None.
    """
    shapes = np.asarray(frame.geometry.array, dtype=object).copy()
    shapes[shapely.is_missing(shapes) | shapely.is_empty(shapes)] = None
    moved = transform(shapely.force_2d(shapes), declared_crs(frame), crs)
    whole: Objects = shapely.transform(moved, lambda xy: np.rint(xy * 1000.0))
    spoilt = ~shapely.is_valid(whole) & ~shapely.is_missing(whole)
    whole[spoilt] = [_mended(shape) for shape in whole[spoilt]]
    return whole


def _mended(shape: shapely.Geometry) -> shapely.Geometry | None:
    """The polygons of an invalid polygon, or its outline's line where no area is left."""
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    valid = shapely.make_valid(shape)
    parts = shapely.get_parts(shapely.get_parts(valid))
    polygons = parts[shapely.get_type_id(parts) == 3]
    return shapely.multipolygons(polygons) if len(polygons) else valid


def has_area(shapes: Objects) -> Bools:
    """Which geometries are polygons."""
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def inside_of(shapes: Objects, compounds: Objects) -> Int32s:
    """The compound that holds more than half of each footprint (or the point), -1 for none.

    Compounds should not overlap; where they do, the one that holds most decides, then the first.
    """
    answer = np.full(len(shapes), -1, dtype=np.int32)
    if not len(compounds):
        return answer
    row, compound = shapely.STRtree(compounds).query(shapes, predicate="intersects")
    area = has_area(shapes)[row]
    within = shapely.covers(compounds[compound], shapes[row])
    share = within.astype(np.float64)
    partly = area & ~within
    overlap = shapely.area(shapely.intersection(shapes[row[partly]], compounds[compound[partly]]))
    share[partly] = overlap / shapely.area(shapes[row[partly]])
    order = np.lexsort((-compound, share))  # the last one written wins
    order = order[share[order] > 0.5]
    answer[row[order]] = compound[order]
    return answer


def cut_away(shapes: Objects, cutters: Objects, least_mm2: float = 1e5) -> tuple[Objects, Int64s, Bools]:
    """Polygons without the cutters: the pieces, the row of each, and which rows were cut.

    Pieces below `least_mm2` (0.1 m²) are dropped; a row of which nothing is left stays whole.
    """
    rows = np.arange(len(shapes), dtype=np.int64)
    cut = np.zeros(len(shapes), dtype=np.bool_)
    if not len(cutters) or not len(shapes):
        return shapes, rows, cut
    row, cutter = shapely.STRtree(cutters).query(shapes, predicate="intersects")
    keep = has_area(shapes)[row]
    order = np.lexsort((cutter[keep], row[keep]))  # the order of an index is no order of ours
    row, cutter = row[keep][order], cutter[keep][order]
    pieces, owner = [], []
    for number in np.unique(row):  # few: only what stands across a line
        near = shapely.box(*shapely.bounds(shapes[number]))
        knife = shapely.union_all(shapely.intersection(cutters[cutter[row == number]], near))
        left = shapely.get_parts(shapely.difference(shapes[number], knife))
        left = left[shapely.area(left) >= least_mm2]
        if len(left):
            cut[number] = True
            pieces.append(left)
            owner.append(np.full(len(left), number))
    if not pieces:
        return shapes, rows, cut
    out = np.concatenate((shapes[~cut], *pieces))
    back = np.concatenate((rows[~cut], *owner)).astype(np.int64)
    order = np.argsort(back, kind="stable")
    return out[order], back[order], cut


def knives_of(barriers: Objects) -> Objects:
    """Barriers as areas that cut a footprint, a little wider than what counts as touching.

    A side of a building that is cut exactly on the barrier could reach across it within the 0.1 m that
    every connector may touch at its ends.
    """
    return np.asarray(shapely.buffer(barriers, TOUCH_MM + 1.0, quad_segs=1, join_style="mitre"), dtype=object)
