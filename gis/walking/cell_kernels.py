"""The compiled loops of square cells: filling an index, walking in its order. Coordinates are millimetres.

`link_kernels` calls the first two; numba's cache does not see that, so whoever changes them touches that file too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled
from gis.walking.link_arrays import Cells, Departures, Floats, Ints, Shorts


@compiled
def column_of(value: Any, origin: Any, size: Any, count: Any) -> Any:
    """The number of the column (or row) of cells that holds a coordinate; the outer ones hold all beyond."""
    return min(max(np.int64(np.floor((value - origin) / size)), 0), count - 1)


@compiled
def rows_in_column(ends: Any, column: Any, cells: Cells) -> Any:
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
    return column_of(low, cells.bottom, cells.size, cells.rows), column_of(
        high, cells.bottom, cells.size, cells.rows
    )


@compiled
def fill_cells(ends: Floats, cells: Cells, count: Ints, item: Shorts, fill: bool) -> None:
    """Count the segments of every cell, or (second pass, `count` holding the starts) write their numbers."""
    for s in range(len(ends)):
        first = column_of(min(ends[s, 0], ends[s, 2]), cells.left, cells.size, cells.columns)
        last = column_of(max(ends[s, 0], ends[s, 2]), cells.left, cells.size, cells.columns)
        low = column_of(min(ends[s, 1], ends[s, 3]), cells.bottom, cells.size, cells.rows)
        high = column_of(max(ends[s, 1], ends[s, 3]), cells.bottom, cells.size, cells.rows)
        for column in range(first, last + 1):
            if first < last and low < high:  # else it passes all of them
                south, north = rows_in_column(ends[s], column, cells)
            else:
                south, north = low, high
            for row in range(south, north + 1):
                cell = row * cells.columns + column
                if fill:
                    item[count[cell]] = s
                count[cell] += 1


@compiled
def fill_boxes(boxes: Floats, cells: Cells, count: Ints, item: Shorts, fill: bool) -> None:
    """As `fill_cells` for boxes (left, bottom, right, top)."""
    for b in range(len(boxes)):
        first = column_of(boxes[b, 0], cells.left, cells.size, cells.columns)
        last = column_of(boxes[b, 2], cells.left, cells.size, cells.columns)
        low = column_of(boxes[b, 1], cells.bottom, cells.size, cells.rows)
        high = column_of(boxes[b, 3], cells.bottom, cells.size, cells.rows)
        for row in range(low, high + 1):
            for column in range(first, last + 1):
                cell = row * cells.columns + column
                if fill:
                    item[count[cell]] = b
                count[cell] += 1


@compiled
def order_by_cell(who: Departures, cells: Cells, strip: int) -> Ints:
    """The departures by strips of `strip` rows of cells and along each, so that neighbours follow each other."""
    columns = cells.columns
    count = np.zeros((cells.rows // strip + 1) * columns + 1, np.int64)
    place = np.zeros(len(who.start) - 1, np.int64)
    for d in range(len(place)):
        if who.start[d] < who.start[d + 1]:
            column = column_of(who.ends[who.start[d], 0], cells.left, cells.size, columns)
            row = column_of(who.ends[who.start[d], 1], cells.bottom, cells.size, cells.rows)
            place[d] = row // strip * columns + column
        count[place[d] + 1] += 1
    for c in range(1, len(count)):
        count[c] += count[c - 1]
    order = np.empty(len(place), np.int64)
    for d in range(len(place)):
        order[count[place[d]]] = d
        count[place[d]] += 1
    return order


@compiled
def joined(xy: Floats, line: Ints) -> tuple[Floats, Ints]:
    """The segments between vertices of the same line that follow each other, and the line of each."""
    count = 0
    for i in range(1, len(line)):
        count += line[i] == line[i - 1]
    ends, row = np.empty((count, 4)), np.empty(count, np.int64)
    s = 0
    for i in range(1, len(line)):
        if line[i] == line[i - 1]:
            ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3] = xy[i - 1, 0], xy[i - 1, 1], xy[i, 0], xy[i, 1]
            row[s] = line[i]
            s += 1
    return ends, row
