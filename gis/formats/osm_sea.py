"""The sea of an OpenStreetMap extract: the map has only its shore, drawn with land on the left and water on the right."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Box = tuple[float, float, float, float]

_ASIDE = 1e-7
"""How far beside the shore one looks for the face there, in degrees: a coordinate's own precision."""
_DOUBT = 0.01
_CUT = 0.001
"""How far from the edge of the extract a shore may end and still be meant to leave it there, in degrees."""


def seas(shores: Shapes, box: Box) -> tuple[Shapes, int]:
    """The water on the right of `shores` (lines, lon/lat) inside `box`, and how many faces are left out as doubtful.

    The box is cut along the shores; a face is water where it lies on their right. A face on both sides (a shore that
    ends in the middle of the extract), or along no shore, is none.
    """
    frame = shapely.box(*box)
    lines = [line for line in shapely.get_parts(shores) if shapely.get_type_id(line) == 1]
    if not lines or frame.area == 0:
        return np.empty(0, dtype=object), 0
    whole = shapely.line_merge(shapely.union_all(lines), directed=True)
    inside = shapely.intersection(shapely.union_all([whole, *_to_edge(whole, frame)]), frame)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([inside, frame.boundary])]))
    water, land = (_along(faces, lines, side) for side in (1.0, -1.0))
    touched = (water > 0) | (land > 0)
    clear = touched & (np.minimum(water, land) <= _DOUBT * np.maximum(water, land))
    made = faces[clear & (water > land)]
    order = np.lexsort(shapely.bounds(made).T) if len(made) else np.empty(0, dtype=np.int64)
    return made[order], int((touched & ~clear).sum())


def _to_edge(whole: Any, frame: Any) -> list[Any]:
    """From the ends of shores to the nearest point of the frame: an extract is cut at the last point inside it."""
    ends = [
        shapely.get_point(line, at)
        for line in shapely.get_parts(whole)
        if not shapely.is_closed(line)
        for at in (0, -1)
    ]
    near = [end for end in ends if shapely.distance(end, frame.boundary) <= _CUT]
    return [shapely.shortest_line(end, frame.boundary) for end in near]


def _along(faces: Shapes, lines: list[Any], side: float) -> npt.NDArray[np.float64]:
    """Per face the length of shore (degrees) that has it on its right (`side` 1) or on its left (−1)."""
    ends = [np.hstack((xy[:-1], xy[1:])) for xy in (shapely.get_coordinates(line) for line in lines)]
    part = np.concatenate(ends)
    across = part[:, 2:] - part[:, :2]
    length = np.hypot(across[:, 0], across[:, 1])
    part, across, length = part[length > 0], across[length > 0], length[length > 0]
    right = np.column_stack((across[:, 1], -across[:, 0])) / length[:, None]
    beside = shapely.points((part[:, :2] + part[:, 2:]) / 2 + side * _ASIDE * right)
    found, face = shapely.STRtree(faces).query(beside, predicate="intersects")
    return np.bincount(face, weights=length[found], minlength=len(faces)).astype(np.float64)
