"""Footprint shapes: corners in the unit square, put onto boxes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from sample_data.plane import Plane
from sample_data.subdivide import Ints

RECTANGLE, L_SHAPE, U_SHAPE, TOWER = 0, 1, 2, 3
# Counter-clockwise; the upper edge runs from `EDGE[shape][0]` to `EDGE[shape][1]`.
CORNERS: dict[int, list[tuple[float, float]]] = {
    RECTANGLE: [(0, 0), (1, 0), (1, 1), (0, 1)],
    L_SHAPE: [(0, 0), (0.3, 0), (0.3, 0.45), (1, 0.45), (1, 1), (0, 1)],
    U_SHAPE: [(0, 0), (0.25, 0), (0.25, 0.55), (0.75, 0.55), (0.75, 0), (1, 0), (1, 1), (0, 1)],
    TOWER: [
        (0.18, 0), (0.82, 0), (0.82, 0.2), (1, 0.2), (1, 0.85), (0.8, 0.85),
        (0.8, 1), (0.2, 1), (0.2, 0.85), (0, 0.85), (0, 0.2), (0.18, 0.2),
    ],
}  # fmt: skip
UPPER = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.8, 0.2]])


def footprints(box: Ints, shape: Ints, plane: Plane) -> npt.NDArray[np.object_]:
    """Lon/lat polygons of boxes (n, 4) with the shapes (n,)."""
    out = np.empty(len(box), dtype=object)
    for kind, corners in CORNERS.items():
        rows = np.flatnonzero(shape == kind)
        if not len(rows):
            continue
        unit = np.array([*corners, corners[0]], dtype=np.float64)
        b = box[rows].astype(np.float64)
        size = b[:, 2:] - b[:, :2]
        flat = b[:, None, :2] + unit[None] * size[:, None]
        xy = plane.lonlat(flat.reshape(-1, 2)).reshape(flat.shape)
        out[rows] = shapely.polygons(xy)
    return out


def upper_points(
    box: Ints, shape: Ints, share: npt.NDArray[np.float64], plane: Plane
) -> npt.NDArray[np.float64]:
    """Lon/lat of points on the upper edge of each footprint, `share` of the way along it, on the straight wall."""
    b = box.astype(np.float64)
    width = b[:, 2] - b[:, 0]
    ends = UPPER[shape]
    first = plane.metres(np.column_stack([b[:, 0] + ends[:, 0] * width, b[:, 3]]))
    last = plane.metres(np.column_stack([b[:, 0] + ends[:, 1] * width, b[:, 3]]))
    return plane.metres_to_lonlat(first + (last - first) * share[:, None])


def lower_points(box: Ints, plane: Plane) -> npt.NDArray[np.float64]:
    """Lon/lat of the middle of the lower edge of rectangles."""
    b = box.astype(np.float64)
    first, last = plane.metres(b[:, [0, 1]]), plane.metres(b[:, [2, 1]])
    return plane.metres_to_lonlat((first + last) / 2)
