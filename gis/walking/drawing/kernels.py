"""The compiled loop of the drawing."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled
from gis.walking.link_arrays import Floats


@compiled
def spare(connector: Floats, longest: float, step: float) -> Floats:
    """What is left of the longest connector (m) at each node (rows, columns), negative where it has none (NaN).

    Beyond the reach of the streets connectors are continued in a straight line, so that the edge between nodes
    lies where connectors end, and not in steps. Where that is nearer than `longest`, a wall is in the way and not
    the distance.
    """
    rows, columns = connector.shape
    left = np.empty((rows, columns))
    for row in range(rows):
        for column in range(columns):
            here = connector[row, column]
            if not np.isnan(here):
                left[row, column] = longest - here
                continue
            best = np.inf
            for down, across in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                best = min(best, _onward(connector, row, column, down, across, step))
            left[row, column] = longest - best if longest <= best < longest + step else -step
    return left


@compiled
def _onward(connector: Any, row: Any, column: Any, down: Any, across: Any, step: Any) -> Any:
    """The connector that two nodes in a row (one, where there is no second) would lead on to; inf for none."""
    rows, columns = connector.shape
    y, x = row + down, column + across
    if not (0 <= y < rows and 0 <= x < columns) or np.isnan(connector[y, x]):
        return np.inf
    first, second = connector[y, x], np.nan
    y, x = y + down, x + across
    if 0 <= y < rows and 0 <= x < columns:
        second = connector[y, x]
    return first + step if np.isnan(second) else 2 * first - second
