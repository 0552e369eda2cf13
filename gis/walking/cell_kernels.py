"""The compiled loops that index segments and boxes by square cells.

The two helpers are repeated where cells are searched: numba's cache sees changes only in the file of the
function that Python calls, so kernels of two files must not share code.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gis.base.compiled import compiled

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class Cells(NamedTuple):
    """Numbers by square cell: `item[start[c]:start[c + 1]]`, cell c = row * columns + column."""

    left: float
    bottom: float
    size: float
    columns: int
    rows: int
    start: Ints
    item: Shorts


@compiled
def _column(value: Any, origin: Any, size: Any, count: Any) -> Any:
    return min(max(np.int64(np.floor((value - origin) / size)), 0), count - 1)


@compiled
def _rows_in_column(ends: Any, column: Any, cells: Cells) -> Any:
    """The rows that a segment passes in one column of cells, a little generous against rounding."""
    x1, y1, x2, y2 = ends[0], ends[1], ends[2], ends[3]
    low, high = min(y1, y2), max(y1, y2)
    dx = x2 - x1
    if dx != 0.0:
        west = cells.left + column * cells.size
        a = y1 + (y2 - y1) * (west - 1.0 - x1) / dx
        b = y1 + (y2 - y1) * (west + cells.size + 1.0 - x1) / dx
        low = max(low, min(a, b) - 1.0)
        high = min(high, max(a, b) + 1.0)
    return _column(low, cells.bottom, cells.size, cells.rows), _column(
        high, cells.bottom, cells.size, cells.rows
    )


@compiled
def fill_cells(ends: Floats, cells: Cells, count: Ints, item: Shorts, fill: bool) -> None:
    """Count the segments of every cell, or (second pass, `count` holding the starts) write their numbers."""
    for s in range(len(ends)):
        first = _column(min(ends[s, 0], ends[s, 2]), cells.left, cells.size, cells.columns)
        last = _column(max(ends[s, 0], ends[s, 2]), cells.left, cells.size, cells.columns)
        for column in range(first, last + 1):
            low, high = _rows_in_column(ends[s], column, cells)
            for row in range(low, high + 1):
                cell = row * cells.columns + column
                if fill:
                    item[count[cell]] = s
                count[cell] += 1


@compiled
def fill_boxes(boxes: Floats, cells: Cells, count: Ints, item: Shorts, fill: bool) -> None:
    """As `fill_cells` for boxes (left, bottom, right, top)."""
    for b in range(len(boxes)):
        first = _column(boxes[b, 0], cells.left, cells.size, cells.columns)
        last = _column(boxes[b, 2], cells.left, cells.size, cells.columns)
        low = _column(boxes[b, 1], cells.bottom, cells.size, cells.rows)
        high = _column(boxes[b, 3], cells.bottom, cells.size, cells.rows)
        for row in range(low, high + 1):
            for column in range(first, last + 1):
                cell = row * cells.columns + column
                if fill:
                    item[count[cell]] = b
                count[cell] += 1
