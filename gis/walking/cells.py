"""A square cell index over segments and boxes, as two passes over the same compiled loop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.walking.cell_kernels import fill_boxes, fill_cells
from gis.walking.link_arrays import Cells
from gis.walking.model import Floats

MOST_CELLS = 40_000_000
_MARGIN = 4  # cells; farther than anything is linked


def segment_cells(ends: Floats, size_mm: float) -> Cells:
    """Index segments (s, 4) in mm by the cells of `size_mm` that they pass."""
    low = np.minimum(ends[:, :2], ends[:, 2:])
    high = np.maximum(ends[:, :2], ends[:, 2:])
    return _index(ends, low, high, size_mm, fill_cells)


def box_cells(boxes: Floats, size_mm: float) -> Cells:
    """Index boxes (b, 4: left, bottom, right, top) by the cells that they touch."""
    return _index(boxes, boxes[:, :2], boxes[:, 2:], size_mm, fill_boxes)


def _index(shapes: Floats, low: Floats, high: Floats, size: float, fill: Callable[..., None]) -> Cells:
    if not len(shapes):
        return Cells(0.0, 0.0, size, 1, 1, np.zeros(2, np.int64), np.empty(0, np.int32))
    left, bottom = (float(v) for v in low.min(axis=0))
    right, top = (float(v) for v in high.max(axis=0))
    while (right - left) / size * ((top - bottom) / size) > MOST_CELLS:
        size *= 2.0  # a few shapes scattered over a country
    # Whole multiples of the size, and room around: what lies in which cell, and in which order cells are visited,
    # does not depend on what else is there, so that a part of a place is linked as the whole is.
    left, bottom = ((v // size - _MARGIN) * size for v in (left, bottom))
    columns, rows = (int((v - low) // size) + 1 + _MARGIN for v, low in ((right, left), (top, bottom)))
    start = np.zeros(columns * rows + 1, dtype=np.int64)
    empty = Cells(left, bottom, size, columns, rows, start, np.empty(0, np.int32))
    fill(shapes, empty, start[1:], np.empty(0, np.int32), False)
    np.cumsum(start, out=start)
    item = np.empty(start[-1], dtype=np.int32)
    fill(shapes, empty, start[:-1].copy(), item, True)
    return Cells(left, bottom, size, columns, rows, start, item)
