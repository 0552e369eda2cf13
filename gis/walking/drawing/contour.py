"""Where a value given at the nodes of a grid is not negative, as polygons; between nodes it changes linearly."""

from __future__ import annotations

from typing import Any

import contourpy
import numpy as np
import shapely

from gis.walking.model import Floats


def where_positive(value: Floats, left: float, bottom: float, step: float) -> shapely.MultiPolygon:
    """The area where `value` (rows, columns) is at least 0, holes kept; nodes stand at left + column · step.

    The outcome may touch itself where the value is exactly 0 at a node.
    """
    generator = contourpy.contour_generator(z=value, fill_type="OuterOffset")
    filled: Any = generator.filled(0.0, np.inf)
    points, offsets = filled
    if not points:
        return shapely.MultiPolygon()
    starts = np.cumsum([0, *(len(p) for p in points[:-1])])
    rings = np.concatenate([[0], *(o[1:] + s for o, s in zip(offsets, starts, strict=True))])
    shells = np.cumsum([0, *(len(o) - 1 for o in offsets)])
    xy = np.concatenate(points) * step + np.array([left, bottom])
    return shapely.MultiPolygon(shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (rings, shells)))
