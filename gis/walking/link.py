"""The link rules: from where a building is left to the streets it reaches (`docs/walking_rules.md`, "Links").

Up to four distinct edges within 150 m, taken after rejection, whose leg is at most the shortest accepted leg
+ 40 m. A connector crosses no barrier, no wall and no other building; touching within 0.1 m of its ends is
not crossing.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.cell_kernels import order_by_cell
from gis.walking.cells import segment_cells
from gis.walking.link_arrays import Departures, Found, Rows, Segments, Spots, World
from gis.walking.link_kernels import link_range
from gis.walking.link_point_kernels import LEFT, lay, link_spots, order_spots
from gis.walking.model import Bools, Int32s, Int64s, Links, Network, Objects, Reason, StreetKind, Uint8s
from gis.walking.obstacles import Obstacles, segments
from gis.walking.places import has_area

STREET_CELL_MM = 50_000.0
STRIP_CELLS = 8
BLOCK_CELLS = 3
_CHUNK = 20_000
_NOT_LINKED = (StreetKind.GATE, StreetKind.ICE)

Part = tuple[Int64s, Found]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Departures: the point they belong to, Polygon or Point in mm, own building (-1), compound or -1, quality."""

    point: Int32s
    geometry: Objects
    own: Int32s
    side: Int32s
    quality: Uint8s


@dataclass(frozen=True, slots=True)
class Ways:
    """Rows of links before they are sorted; `gate` is -1 where none is passed on a straight line."""

    point: Int64s
    edge: Int64s
    position_um: Int64s
    leg_um: Int64s
    gate: Int64s

    def plus(self, other: Ways) -> Ways:
        """Both."""
        return Ways(*(np.concatenate((getattr(self, n), getattr(other, n))) for n in Ways.__slots__))

    def moved(self, by: int) -> Ways:
        """The same with other point numbers."""
        return Ways(self.point + by, self.edge, self.position_um, self.leg_um, self.gate)

    def renamed(self, name: Int64s) -> Ways:
        """The same with `name[point]` for the points."""
        return Ways(name[self.point], self.edge, self.position_um, self.leg_um, self.gate)

    def take(self, rows: Int64s | np.ndarray) -> Ways:
        """Some rows."""
        return Ways(*(getattr(self, n)[rows] for n in Ways.__slots__))


def world_of(network: Network, edge_side: Int32s, blocks: Obstacles) -> World:
    """Streets and obstacles ready for the kernels; only edges that somebody may walk can be linked to."""
    first = np.ones(len(network.vertex_xy_mm), dtype=np.bool_)
    first[network.vertex_start[1:] - 1] = False
    begin = np.flatnonzero(first)
    edge = np.repeat(np.arange(network.edges, dtype=np.int32), np.diff(network.vertex_start) - 1)
    real = can_link(network)[edge]
    begin, edge = begin[real], edge[real]
    xy = network.vertex_xy_mm.astype(np.float64)
    ends = np.ascontiguousarray(np.hstack((xy[begin], xy[begin + 1])))
    at = network.vertex_at_um
    streets = Segments(ends, edge, at[begin + 1] - at[begin], at[begin], edge_side.astype(np.int32))
    return World(streets, segment_cells(ends, STREET_CELL_MM), blocks.blocks, blocks.lines, blocks.areas)


def can_link(network: Network, edge: Int64s | slice = slice(None)) -> Bools:
    """Which of these edges somebody may link to: those that somebody may walk, gates and river ice left out."""
    walked: Bools = network.forward[edge] | network.backward[edge]
    answer: Bools = walked & ~np.isin(network.kind[edge], _NOT_LINKED)
    return answer


def link_all(leaving: Leaving, world: World, threads: int | None = None) -> tuple[Ways, Uint8s]:
    """Link departures: rows whose `point` is the departure's number, and the reason (0: linked) of each.

    Points are linked together with their neighbours, which is quicker; what that leaves open goes with the rest.
    """
    count = len(leaving.point)
    reason = np.full(count, Reason.NO_STREET, dtype=np.uint8)
    if not len(world.streets.edge) or not count:
        return Ways(*(np.empty(0, dtype=np.int64) for _ in Ways.__slots__)), reason
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        spots, rest = _spots(leaving)
        parts = _link_spots(spots, leaving, world, pool)
        left = [order[found.reason == LEFT] for order, found in parts]
        rest = np.sort(np.concatenate((rest, *left)))
        parts += _link_rest(rest, leaving, world, pool)
        return _laid(parts, reason, pool), reason


def _spots(leaving: Leaving) -> tuple[Int64s, Int64s]:
    """Which departures are points, and which are not (or are empty, or None)."""
    point = (shapely.get_type_id(leaving.geometry) == 0) & ~shapely.is_empty(leaving.geometry)
    return np.flatnonzero(point), np.flatnonzero(~point)


def _link_spots(which: Int64s, leaving: Leaving, world: World, pool: ThreadPoolExecutor) -> list[Part]:
    """Parts of the departures, in the order of the ground, with what is found for each; refused ones left open."""
    geometry = leaving.geometry[which]
    x, y = pool.map(lambda read: read(geometry), (shapely.get_x, shapely.get_y))
    spots = Spots(x, y, leaving.own[which], leaving.side[which])
    order, start = order_spots(spots, world.cells, BLOCK_CELLS)
    start = start[np.concatenate(([True], start[1:] > start[:-1]))]
    cuts = np.unique(np.searchsorted(start, np.arange(0, len(which), _CHUNK)))
    blocks = [start[a : b + 1] for a, b in itertools.pairwise((*cuts, len(start) - 1))]
    found = pool.map(lambda starts: link_spots(order, starts, spots, world), blocks)
    return [(which[order[starts[0] : starts[-1]]], one) for starts, one in zip(blocks, found, strict=True)]


def _link_rest(which: Int64s, leaving: Leaving, world: World, pool: ThreadPoolExecutor) -> list[Part]:
    """As `_link_spots` for departures of any shape; none of them is left open."""
    who, count = _outlines(leaving, which), len(which)
    order = order_by_cell(who, world.cells, STRIP_CELLS)
    chunks = [(first, min(first + _CHUNK, count)) for first in range(0, count, _CHUNK)]
    found = pool.map(lambda chunk: link_range(order, chunk[0], chunk[1], who, world), chunks)
    return [(which[order[slice(*chunk)]], one) for chunk, one in zip(chunks, found, strict=True)]


def _laid(parts: list[Part], reason: Uint8s, pool: ThreadPoolExecutor) -> Ways:
    """The rows of all parts, one part after another; the reasons are written beside."""
    at = np.cumsum([0, *(len(found.edge) for _, found in parts)])
    rows = Rows(*(np.empty(at[-1], dtype=np.int64) for _ in Rows._fields))
    list(pool.map(lambda part, first: lay(part[0], part[1], first, rows, reason), parts, at[:-1]))
    return Ways(*rows)


def _outlines(leaving: Leaving, which: Int64s) -> Departures:
    """The departures `which` as rows of segments."""
    geometry = leaving.geometry[which]
    kind = shapely.get_type_id(geometry)
    ends, row = segments(geometry)
    single = np.flatnonzero((kind == 0) & ~shapely.is_empty(geometry))
    if len(single):
        xy = shapely.get_coordinates(geometry[single])
        ends = np.concatenate((ends, np.hstack((xy, xy))))
        row = np.concatenate((row, single))
        order = np.argsort(row, kind="stable")
        ends, row = np.ascontiguousarray(ends[order]), row[order]
    start = np.zeros(len(which) + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=len(which)), out=start[1:])
    filled = has_area(geometry).astype(np.uint8)
    return Departures(start, ends, leaving.own[which], leaving.side[which], filled)


def as_links(ways: Ways, quality: Uint8s, reason: Uint8s) -> Links:
    """Sorted links, the shorter leg where one place is reached twice."""
    order = np.lexsort((ways.gate, ways.leg_um, ways.position_um, ways.edge, ways.point))
    way = ways.take(order)
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (
        (way.point[1:] != way.point[:-1])
        | (way.edge[1:] != way.edge[:-1])
        | (way.position_um[1:] != way.position_um[:-1])
    )
    way = way.take(fresh)
    way = way.take(np.lexsort((way.position_um, way.edge, way.leg_um, way.point)))
    return Links(
        way.point.astype(np.int32),
        way.edge.astype(np.int32),
        way.position_um,
        way.leg_um,
        way.gate.astype(np.int32),
        quality,
        reason,
    )
