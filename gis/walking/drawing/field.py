"""The exact field: what walking to a station costs from every node of the grid, and the area within a limit.

Everywhere the cost is the one a building there would have: the same links, the same search, the same integers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely

from gis.walking import kernels
from gis.walking.cost import Graph, leg_cost
from gis.walking.drawing.contour import where_positive
from gis.walking.drawing.ground import TILE, Ground, Tile
from gis.walking.drawing.kernels import spare
from gis.walking.drawing.shapes import joined
from gis.walking.kernels import UNREACHABLE, Places
from gis.walking.model import Direct, Floats, Int64s, Links, Objects
from gis.walking.path import only_points, only_stations
from gis.walking.search import places, station_seeds

Box = tuple[float, float, float, float]
BESIDE_M = 150.0
"""The longest connector."""
_OUTLINE_STEPS = 4  # a node outside is continued from two others beyond it


@dataclass(frozen=True)
class Goals:
    """Stations of a place that are searched for together: their rows in the place, and labels of all nodes.

    Costs are exact up to `reach`.
    """

    graph: Graph
    rows: Int64s
    stations: int
    links: Links
    reach: int

    @classmethod
    def of(cls, graph: Graph, station_links: Links, rows: Int64s, reach: int) -> Goals:
        """The stations `rows` (rising) of a place with these links."""
        return cls(
            graph, rows, station_links.points, only_points(station_links, rows), graph.check_limit(reach)
        )

    @cached_property
    def labels(self) -> Int64s:
        """Two nearest stations of every node and their costs."""
        seeds = station_seeds(self.graph, self.links)
        return kernels.label_nodes(self.graph.arcs, seeds, self.reach, self.graph.node_bits)

    @cached_property
    def by_edge(self) -> Places:
        """The stations' links by edge."""
        return places(self.links, self.graph, by_edge=True)

    def best(self, points: Places, direct: Direct) -> Int64s:
        """Per point cost, station, second cost, second station (rows of `self.rows`), UNREACHABLE where none."""
        count = len(points.start) - 1
        near = only_stations(direct, self.rows, self.stations)
        order = np.argsort(near.point, kind="stable")
        start = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(near.point, minlength=count), out=start[1:])
        leg = leg_cost(near.leg_um[order], self.graph.profile)
        straight = Places(start, near.station[order], np.zeros(len(leg), np.int64), leg)
        return kernels.label_points(
            self.labels, self.graph.edges, points, self.by_edge, straight, 0, count, self.reach
        )


@dataclass(frozen=True, slots=True)
class Crossed:
    """The crossed cells of a field: row and column of the node south-west of each, faces in rows, their costs."""

    row: Int64s
    column: Int64s
    start: Int64s
    shape: Objects
    best: Int64s


@dataclass(frozen=True, slots=True)
class Field:
    """Costs at the nodes of a grid, (rows, columns, 4) as `Goals.best` gives them, and at faces of crossed cells.

    Node (0, 0) stands at `left`, `bottom` (metres of the plane). `spare_m` (rows, columns) is by how much the
    connector of a node could be longer; negative where a node is too far from the streets.
    """

    left: float
    bottom: float
    step: float
    best: Int64s
    spare_m: Floats
    crossed: Crossed


def field_of(ground: Ground, goals: Goals, box: Box, near: Objects | None = None) -> Field:
    """The field over all tiles that meet `box` (metres).

    Where everything within the limit lies beside `near` (metres), the other tiles are not linked: between the
    stations of a whole city most of the box is empty.
    """
    span = ground.step_m * TILE
    west, south, east, north = (int(np.floor(edge / span)) for edge in box)
    best = np.full(((north - south + 1) * TILE, (east - west + 1) * TILE, 4), UNREACHABLE, np.int64)
    connector = np.full(best.shape[:2], np.nan)
    found = []
    row, column = (v.ravel() for v in np.mgrid[south : north + 1, west : east + 1])
    wanted = _beside(near, row, column, ground.step_m) if near is not None else np.arange(len(row))
    for at in wanted:
        tile = ground.tile(int(column[at]), int(row[at]))
        mine = goals.best(tile.links.places(goals.graph.profile.speed_mm_s), tile.links.direct)
        at_row, at_column = (int(row[at]) - south) * TILE, (int(column[at]) - west) * TILE
        here = slice(at_row, at_row + TILE), slice(at_column, at_column + TILE)
        best[here] = mine[: TILE * TILE].reshape(TILE, TILE, 4)
        connector[here] = tile.links.connector_m[: TILE * TILE].reshape(TILE, TILE)
        found.append(_moved(tile, mine[TILE * TILE :], at_row, at_column))
    whole = Field(west * span, south * span, ground.step_m, best, connector, _together(found))
    return _cropped(whole, box)


def _beside(near: Objects, row: Int64s, column: Int64s, step: float) -> Int64s:
    """The tiles with nodes that can be within the limit, or draw its outline with those."""
    span = step * TILE
    tiles = shapely.box(column * span, row * span, (column + 1) * span, (row + 1) * span)
    wide = BESIDE_M + _OUTLINE_STEPS * step
    found: Int64s = np.unique(shapely.STRtree(near).query(tiles, predicate="dwithin", distance=wide)[0])
    return found


def _cropped(field: Field, box: Box) -> Field:
    """The field within `box`, with `spare_m` in place of the connectors' lengths."""
    step = field.step
    west, south = int((box[0] - field.left) // step), int((box[1] - field.bottom) // step)
    rows, columns = field.best.shape[:2]
    east = min(columns, int((box[2] - field.left) // step) + 2)
    north = min(rows, int((box[3] - field.bottom) // step) + 2)
    found = window(field, south, west, north, east)
    return replace(found, best=np.ascontiguousarray(found.best), spare_m=spare(found.spare_m, BESIDE_M, step))


def window(field: Field, south: int, west: int, north: int, east: int) -> Field:
    """The nodes of the rows `south` to `north` and the columns `west` to `east` (without the last) by themselves."""
    crossed = field.crossed
    row, column = crossed.row - south, crossed.column - west
    keep = (row >= 0) & (column >= 0) & (row < north - south) & (column < east - west)
    faces = np.diff(crossed.start)
    mine = np.repeat(keep, faces)
    start = np.concatenate(([0], np.cumsum(faces[keep])))
    return Field(
        field.left + west * field.step,
        field.bottom + south * field.step,
        field.step,
        field.best[south:north, west:east],
        field.spare_m[south:north, west:east],
        Crossed(row[keep], column[keep], start, crossed.shape[mine], crossed.best[mine]),
    )


def _moved(tile: Tile, best: Int64s, row: int, column: int) -> Crossed:
    faces = tile.faces
    return Crossed(faces.row + row, faces.column + column, faces.start, faces.shape, best)


def _together(found: list[Crossed]) -> Crossed:
    if not found:
        nothing = np.empty(0, np.int64)
        nobody = np.empty((0, 4), np.int64)
        return Crossed(nothing, nothing, np.zeros(1, np.int64), np.empty(0, dtype=object), nobody)
    ends = np.cumsum([0, *(one.start[-1] for one in found)])
    start = np.concatenate([[0], *(one.start[1:] + end for one, end in zip(found, ends, strict=False))])
    whole = {n: np.concatenate([getattr(o, n) for o in found]) for n in ("row", "column", "shape", "best")}
    return Crossed(start=start.astype(np.int64), **whole)


def area_within(
    field: Field, cost: Int64s, face_cost: Int64s, limit: int, cap: int, *, bounded: bool = True
) -> shapely.Geometry:
    """Where the cost is at most `limit`: `cost` (rows, columns) at the nodes, `face_cost` at the faces.

    Cells that no wall crosses are contoured; `cap` is the most that a node beyond the limit is taken to miss it
    by, so that a node without any cost draws the line about a step away. In crossed cells each face is in or out
    by its own cost. Unless `bounded` is False the area ends where connectors do. The outcome may need repair where
    contours touch.
    """
    value = (limit - np.minimum(cost, limit + cap)).astype(np.float64) + 0.5  # equal costs are within
    if bounded:
        value = np.minimum(value, field.spare_m * (cap / field.step))
    contour = where_positive(value, field.left, field.bottom, field.step)
    crossed = field.crossed
    if not len(crossed.row):
        return contour
    face_in = face_cost <= limit
    corner_in = np.zeros((cost.shape[0] + 1, cost.shape[1] + 1), dtype=np.bool_)
    corner_in[:-1, :-1] = cost <= limit
    r, c = crossed.row, crossed.column
    corners = np.sum([corner_in[r + i, c + j] for i in (0, 1) for j in (0, 1)], axis=0)
    corners = np.repeat(corners, np.diff(crossed.start))
    cut, add = crossed.shape[~face_in & (corners > 0)], crossed.shape[face_in & (corners < 4)]
    if not len(cut) and not len(add):
        return contour
    whole = contour if contour.is_valid else shapely.make_valid(contour)
    return shapely.union(shapely.difference(whole, joined(cut)), joined(add))


def extent(lines_xy: Floats, margin: float) -> Box:
    """The extent of coordinates (k, 2), widened."""
    low, high = lines_xy.min(axis=0) - margin, lines_xy.max(axis=0) + margin
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
