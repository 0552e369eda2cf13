"""Squares of a hundredth of a degree: whole numbers that find the events of a box before any policy is asked.

A spatial index under row-level security serves only where comparing boxes is marked as leaking nothing, which
takes a superuser. Comparing whole numbers always serves. The column `cell` of an event is generated.
"""

from __future__ import annotations

import math

PER_DEGREE = 100
ROW = 360 * PER_DEGREE + 1
MOST = 1000
"""Cells named in a query: a screen is some dozens; a box of more holds so much that a scan finds a page soon."""


def _step(degrees: float, origin: float) -> int:
    # The very operations of the column, on the same doubles, so that both sides round alike.
    return math.floor((degrees + origin) * PER_DEGREE)


def cell_of(lon: float, lat: float) -> int:
    """The cell of a point in WGS-84 degrees."""
    return _step(lat, 90.0) * ROW + _step(lon, 180.0)


def cells_of(left: float, bottom: float, right: float, top: float) -> list[int] | None:
    """The cells that meet a box, edges included; None for more than `MOST`."""
    columns = range(_step(left, 180.0), _step(right, 180.0) + 1)
    rows = range(_step(bottom, 90.0), _step(top, 90.0) + 1)
    if len(columns) * len(rows) > MOST:
        return None
    return [row * ROW + column for row in rows for column in columns]
