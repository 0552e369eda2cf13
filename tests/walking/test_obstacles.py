"""Outlines as segments: whatever the mixture of shapes, each as if it came alone."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import LinearRing, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, box

from gis.walking.obstacles import segments

HOLED = Polygon(box(0, 0, 9, 9).exterior, [box(2, 2, 4, 4).exterior, box(5, 5, 6, 7).exterior])
SHAPES = [
    box(0, 0, 1, 2),
    HOLED,
    LineString([(0, 0), (3, 4), (3, 4), (9, 9)]),
    None,
    Point(1, 1),
    MultiPolygon([box(0, 0, 1, 1), box(4, 4, 5, 6)]),
    LinearRing([(0, 0), (5, 0), (5, 5)]),
    Polygon(),
    MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 2)]]),
    MultiPoint([(0, 0), (1, 1)]),
    shapely.GeometryCollection([box(0, 0, 1, 1), LineString([(0, 0), (1, 1)]), Point(0, 0)]),
    box(7, 7, 8, 8),
]
COUNTS = [4, 12, 3, 0, 0, 8, 3, 0, 3, 0, 5, 4]


def test_segments_of_a_mixture_are_those_of_each_shape_in_order():
    ends, row = segments(np.array(SHAPES, dtype=object))
    assert np.bincount(row, minlength=len(SHAPES)).tolist() == COUNTS
    assert (np.diff(row) >= 0).all()
    for number, shape in enumerate(SHAPES):
        alone, zero = segments(np.array([shape], dtype=object))
        assert alone.tolist() == ends[row == number].tolist()
        assert (zero == 0).all()


def test_plain_shapes_need_not_be_taken_apart():
    plain = np.array([box(0, 0, 1, 2), LineString([(0, 0), (3, 4)]), box(7, 7, 8, 8)], dtype=object)
    ends, row = segments(plain)
    assert row.tolist() == [0] * 4 + [1] + [2] * 4
    assert ends[4].tolist() == [0, 0, 3, 4]
    assert len(segments(np.empty(0, dtype=object))[0]) == 0
