"""The distance to the nearest of some line segments on a regular grid, and its contour as polygons."""

from __future__ import annotations

from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
import shapely

from gis.base.compiled import compiled

Floats = npt.NDArray[np.float64]


@compiled
def near_field(segments: Floats, left: float, bottom: float, shape: Any, cell: float, reach: float) -> Floats:
    """Distance from each grid point to the nearest segment, (rows, columns) in metres, `reach` where farther.

    `segments` (k, 4) are x, y, x, y; grid point (row, column) is at bottom + row·cell, left + column·cell.
    """
    rows, columns = shape
    near = np.full((rows, columns), reach * reach)
    for index in range(segments.shape[0]):
        ax, ay, bx, by = segments[index]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        low = max(0, int(np.ceil((min(ay, by) - reach - bottom) / cell)))
        high = min(rows - 1, int(np.floor((max(ay, by) + reach - bottom) / cell)))
        first = max(0, int(np.ceil((min(ax, bx) - reach - left) / cell)))
        last = min(columns - 1, int(np.floor((max(ax, bx) + reach - left) / cell)))
        for row in range(low, high + 1):
            y = bottom + row * cell - ay
            for column in range(first, last + 1):
                x = left + column * cell - ax
                along = min(1.0, max(0.0, (x * dx + y * dy) / length)) if length > 0 else 0.0
                apart = (x - along * dx) ** 2 + (y - along * dy) ** 2
                near[row, column] = min(near[row, column], apart)
    return np.sqrt(near)


def within(segments: Floats, distance_m: float, cell_m: float) -> shapely.MultiPolygon:
    """The area within `distance_m` of any of the segments (k, 4), as a MultiPolygon; holes are kept.

    The grid lies on multiples of `cell_m`, so that neighbours' contours agree; between grid points the
    distance is interpolated linearly. The outcome may need repair where contours touch.
    """
    reach = distance_m + 2 * cell_m
    left, bottom = (np.floor((segments[:, i::2].min() - reach) / cell_m) * cell_m for i in (0, 1))
    columns, rows = (
        int(np.ceil((segments[:, i::2].max() + reach - origin) / cell_m)) + 1
        for i, origin in ((0, left), (1, bottom))
    )
    field = near_field(segments, float(left), float(bottom), (rows, columns), cell_m, reach)
    generator = contourpy.contour_generator(z=distance_m - field, fill_type="OuterOffset")
    filled: Any = generator.filled(0.0, 2 * reach)
    points, offsets = filled
    if not points:
        return shapely.MultiPolygon()
    starts = np.cumsum([0, *(len(p) for p in points[:-1])])
    rings = np.concatenate([[0], *(o[1:] + s for o, s in zip(offsets, starts, strict=True))])
    shells = np.cumsum([0, *(len(o) - 1 for o in offsets)])
    xy = np.concatenate(points) * cell_m + np.array([left, bottom])
    return shapely.MultiPolygon(shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (rings, shells)))
