"""The buildings of a place as they are drawn: footprints, and a witness point in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.model import Bools, Int64s, Objects
from gis.walking.places import has_area

_SAME_M = 0.5
_LEAST_M2 = 0.1


@dataclass(frozen=True, slots=True)
class Footprints:
    """Per building its footprint (or point) and its witness in metres of the plane, None where unknown.

    A witness is a point of the footprint that belongs to no other footprint, where there is one. `water` are
    rivers and lakes in metres.
    """

    shape: Objects
    witness: Objects
    filled: Bools
    tree: shapely.STRtree
    water: Objects

    def within(self, box: shapely.Polygon) -> Int64s:
        """The buildings whose extent meets a box, rising."""
        found: Int64s = np.sort(self.tree.query(box))
        return found


def footprints(buildings_mm: Objects, water_mm: Objects) -> Footprints:
    """Footprints and witnesses of buildings in mm of the plane (None where unknown)."""
    shape = _in_metres(buildings_mm)
    filled = has_area(shape)
    tree = shapely.STRtree(shape)
    witness = shape.copy()
    witness[filled] = shapely.point_on_surface(shape[filled])
    witness[~filled] = shapely.centroid(shape[~filled])
    _stand_apart(witness, shape, filled, tree)
    return Footprints(shape, witness, filled, tree, _in_metres(water_mm))


def _in_metres(shapes: Objects) -> Objects:
    return np.asarray(shapely.transform(shapes, lambda xy: xy / 1000.0), dtype=object)


def _stand_apart(witness: Objects, shape: Objects, filled: Bools, tree: shapely.STRtree) -> None:
    """Move witnesses out of other footprints that they stand in or beside, where anything of theirs is left."""
    row, other = tree.query(witness, predicate="dwithin", distance=_SAME_M)
    keep = (row != other) & filled[row]
    row, other = row[keep], other[keep]
    for number in np.unique(row):  # few: overlapping footprints
        rest = shapely.difference(
            shape[number], shapely.union_all(shapely.buffer(shape[other[row == number]], _SAME_M))
        )
        if shapely.area(rest) > _LEAST_M2:
            witness[number] = shapely.point_on_surface(rest)
