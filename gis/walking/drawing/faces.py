"""The cells of the grid that a wall or a barrier crosses, cut along it: each side is drawn by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.model import Floats, Int64s, Objects


@dataclass(frozen=True, slots=True)
class Faces:
    """Crossed cells (rows and columns of the tile), their faces in rows (`start`), and the faces in metres."""

    row: Int64s
    column: Int64s
    start: Int64s
    shape: Objects

    @classmethod
    def none(cls) -> Faces:
        """No cell is crossed."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, np.zeros(1, np.int64), np.empty(0, dtype=object))


def crossed_faces(lines: shapely.STRtree, origin: Floats, step: float, count: int) -> tuple[Faces, Floats]:
    """The crossed cells of `count` × `count` cells of `step` mm from `origin` (mm), and a point inside each face.

    A line that ends inside a cell and parts nothing leaves the cell whole.
    """
    square = shapely.box(*origin, *(origin + count * step))
    near = lines.geometries[lines.query(square, predicate="intersects")]
    if not len(near):
        return Faces.none(), np.empty((0, 2))
    south, west = (v.ravel() for v in np.indices((count, count)))
    left, bottom = origin[0] + west * step, origin[1] + south * step
    cells = shapely.box(left, bottom, left + step, bottom + step)
    crossed, _ = shapely.STRtree(near).query(cells, predicate="intersects")
    crossed = np.unique(crossed)
    cut = shapely.intersection(near, square)
    net = shapely.union_all(np.concatenate((shapely.boundary(cells[crossed]), cut)))
    faces = shapely.get_parts(shapely.polygonize([net]))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    at = np.clip(((inner - origin) // step).astype(np.int64), 0, count - 1)
    cell = at[:, 1] * count + at[:, 0]
    mine = np.isin(cell, crossed)  # the rest lies between crossed cells
    order = np.flatnonzero(mine)[np.argsort(cell[mine], kind="stable")]
    which, faces_in = np.unique(cell[order], return_counts=True)
    start = np.concatenate(([0], np.cumsum(faces_in)))
    shapes = shapely.transform(faces[order], lambda xy: xy / 1000.0)
    return Faces(which // count, which % count, start, shapes), inner[order]
