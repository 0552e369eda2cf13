"""What a connector may not cross: rivers and railways, walls, other buildings; in millimetres, indexed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.cell_kernels import joined
from gis.walking.cells import box_cells, segment_cells
from gis.walking.link_arrays import Blocks, Cells
from gis.walking.link_kernels import BARRIER, BUILDING, FIRST_COMPOUND, NATURE, WALL
from gis.walking.model import Bools, Floats, Int32s, Int64s, Objects, Uint8s

LINE_CELL_MM = 25_000.0
AREA_CELL_MM = 50_000.0
_TILE_MM = 250_000.0
_FEW_VERTICES = 64
LINE, RING, POLYGON = 1, 2, 3  # shapely's numbers


@dataclass(frozen=True, slots=True)
class Obstacles:
    """The obstacles with the cells of their outlines and of their areas."""

    blocks: Blocks
    lines: Cells
    areas: Cells


@dataclass(frozen=True, slots=True)
class Shapes:
    """Obstacle geometries in mm with the class and the owner of each."""

    geometry: Objects
    kind: Uint8s
    owner: Int32s


def obstacles(barriers: Objects, is_wall: Bools, compounds: Objects, buildings: Objects) -> Obstacles:
    """Index the obstacles; any geometry type, in mm. `is_wall` tells barriers that are walls from the rest."""
    kinds = (
        np.where(is_wall, WALL, BARRIER),
        np.full(len(compounds), WALL),
        np.full(len(buildings), BUILDING),
    )
    owners = (
        np.full(len(barriers), NATURE),
        FIRST_COMPOUND - np.arange(len(compounds)),
        np.arange(len(buildings)),
    )
    shapes = Shapes(
        np.concatenate((barriers, compounds, buildings)),
        np.concatenate(kinds).astype(np.uint8),
        np.concatenate(owners).astype(np.int32),
    )
    ends, row = segments(shapes.geometry)
    areas = _areas(shapes)
    ring, piece = segments(areas.geometry)
    start = np.zeros(len(areas.geometry) + 1, dtype=np.int64)
    np.cumsum(np.bincount(piece, minlength=len(areas.geometry)), out=start[1:])
    boxes = shapely.bounds(areas.geometry).reshape(-1, 4)
    blocks = Blocks(ends, shapes.kind[row], shapes.owner[row], ring, start, areas.kind, areas.owner, boxes)
    return Obstacles(blocks, segment_cells(ends, LINE_CELL_MM), box_cells(boxes, AREA_CELL_MM))


def segments(geometries: Objects) -> tuple[Floats, Int64s]:
    """The segments (s, 4) of lines and of the rings of polygons, and the row of each; points have none."""
    kind = shapely.get_type_id(geometries)
    plain = (kind == LINE) | (kind == POLYGON)
    plain[plain] = shapely.get_num_interior_rings(geometries[plain]) == 0
    if plain.all():  # nothing to take apart: a million of objects less
        return joined(*shapely.get_coordinates(geometries, return_index=True))
    shapes, rows = _strings(geometries[~plain])
    ends, row = joined(*shapely.get_coordinates(shapes, return_index=True))
    row = np.flatnonzero(~plain)[rows[row]]
    if plain.any():
        easy, of_easy = joined(*shapely.get_coordinates(geometries[plain], return_index=True))
        ends, row = np.concatenate((easy, ends)), np.concatenate((np.flatnonzero(plain)[of_easy], row))
        order = np.argsort(row, kind="stable")
        ends, row = ends[order], row[order]
    return ends, row


def _strings(geometries: Objects) -> tuple[Objects, Int64s]:
    """The lines and rings of any geometries, and the row of each."""
    parts, row = shapely.get_parts(geometries, return_index=True)
    kind = shapely.get_type_id(parts)
    rings, of_polygon = shapely.get_rings(parts[kind == POLYGON], return_index=True)
    lines = np.isin(kind, (LINE, RING))
    shapes = np.concatenate((rings, parts[lines]))
    rows = np.concatenate((row[kind == POLYGON][of_polygon], row[lines]))
    order = np.argsort(rows, kind="stable")
    return shapes[order], rows[order]


def _areas(shapes: Shapes) -> Shapes:
    """The polygons among the shapes, big ones cut into tiles so that few vertices answer for a point."""
    parts, row = shapes.geometry, np.arange(len(shapes.geometry))
    if (shapely.get_type_id(parts) != POLYGON).any():
        parts, row = shapely.get_parts(parts, return_index=True)
    polygon = (shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)
    parts, row = parts[polygon], row[polygon]
    big = shapely.get_num_coordinates(parts) > _FEW_VERTICES
    pieces, of_row = [parts[~big]], [row[~big]]
    for shape, number in zip(parts[big], row[big], strict=True):  # few: rivers and the like
        tiles = _tiles(shape)
        pieces.append(tiles)
        of_row.append(np.full(len(tiles), number))
    geometry, number = np.concatenate(pieces), np.concatenate(of_row).astype(np.int64)
    return Shapes(geometry, shapes.kind[number], shapes.owner[number])


def _tiles(shape: shapely.Polygon) -> Objects:
    shapely.prepare(shape)
    left, bottom, right, top = shape.bounds
    x = np.arange(left, right, _TILE_MM)
    y = np.arange(bottom, top, _TILE_MM)
    boxes = shapely.box(
        *(v.ravel() for v in np.meshgrid(x, y)), *(v.ravel() for v in np.meshgrid(x + _TILE_MM, y + _TILE_MM))
    )
    boxes = boxes[shapely.intersects(shape, boxes)]
    whole = shapely.contains_properly(shape, boxes)
    cut = shapely.get_parts(shapely.intersection(shapely.make_valid(shape), boxes[~whole]))
    tiles: Objects = np.concatenate((boxes[whole], cut[shapely.get_type_id(cut) == POLYGON]))
    return tiles
