"""Walls in the network: a mapped path passes a wall at a gate, and nowhere else.

Edges are cut where they pass a wall; a node with street parts on both sides becomes one node a side. Where
a gate stands within 5 m, an edge of one micrometre joins them, in the directions the gate allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.walking.compounds import PATH_TO_GATE_MM, Compounds
from gis.walking.model import Bools, Int32s, Int64s, Network, Objects, StreetKind
from gis.walking.parts import Parts, Streets, assemble, split_ranges

_SAME_MM = 1.0


@dataclass(frozen=True, slots=True)
class Walled:
    """The network with its walls; the compound each edge lies in (-1: none); which parts of compounds lead out.

    `yard` numbers the connected street parts by node, gates left out; `leads_out`, `leads_in` say for each
    whether a gate on its paths may be passed.
    """

    network: Network
    edge_side: Int32s
    yard: Int32s
    leads_out: Bools
    leads_in: Bools


def with_walls(network: Network, compounds: Compounds) -> Walled:
    """Cut `network` at the walls of `compounds` and join it again at the gates."""
    if len(compounds.shape) and network.edges:
        network, edge_side = _cut(network, compounds)
    else:
        edge_side = np.full(network.edges, -1, dtype=np.int32)
    return walled_of(network, edge_side)


def walled_of(network: Network, edge_side: Int32s) -> Walled:
    """A network that is cut at the walls already, with the compound of each edge; which yards lead out and in."""
    gate = network.kind == StreetKind.GATE
    inside = ~gate
    ones = np.ones(int(inside.sum()), dtype=np.int8)
    ends = (network.edge_u[inside], network.edge_v[inside])
    count, yard = connected_components(
        coo_array((ones, ends), shape=(network.nodes, network.nodes)), directed=False
    )
    leads_out, leads_in = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    leads_out[yard[network.edge_u[gate & network.forward]]] = True
    leads_in[yard[network.edge_u[gate & network.backward]]] = True
    return Walled(network, edge_side, yard.astype(np.int32), leads_out, leads_in)


def _cut(network: Network, compounds: Compounds) -> tuple[Network, Int32s]:
    lines = edge_lines(network)
    edge, at_mm, xy_mm = _wall_places(lines, compounds)
    parts = _parts(network, edge, at_mm, xy_mm)
    middle = shapely.line_interpolate_point(_lines(parts.start, parts.xy_mm), 0.5, normalized=True)
    side = _side_of(middle, compounds)
    ways = len(compounds.shape) + 1
    parts = Parts(
        parts.start,
        parts.xy_mm,
        parts.from_key * ways + side + 1,
        parts.to_key * ways + side + 1,
        parts.street,
    )
    gates, gate_streets = _gate_parts(parts, compounds, network.edges)
    joined = Parts(
        np.concatenate((parts.start, parts.start[-1] + gates.start[1:])),
        np.concatenate((parts.xy_mm, gates.xy_mm)),
        np.concatenate((parts.from_key, gates.from_key)),
        np.concatenate((parts.to_key, gates.to_key)),
        np.concatenate((parts.street, gates.street)),
    )
    walled, part = assemble(network.crs, joined, _all_streets(network, gate_streets))
    every_side = np.concatenate((side, np.full(len(gates.street), -1, dtype=np.int32)))
    return walled, every_side[part]


def edge_lines(network: Network) -> Objects:
    """The polylines of all edges in mm, shape (edges,)."""
    return _lines(network.vertex_start, network.vertex_xy_mm)


def _lines(start: Int64s, xy_mm: Int64s) -> Objects:
    number = np.repeat(np.arange(len(start) - 1), np.diff(start))
    return np.asarray(shapely.linestrings(xy_mm.astype(np.float64), indices=number), dtype=object)


def sides_of(network: Network, compounds: Compounds) -> Int32s:
    """The compound each edge of a network cut at the walls lies in, -1 for none and for gates."""
    side = np.full(network.edges, -1, dtype=np.int32)
    if len(compounds.shape) and network.edges:
        side = _side_of(shapely.line_interpolate_point(edge_lines(network), 0.5, normalized=True), compounds)
        side[network.kind == StreetKind.GATE] = -1
    return side


def _side_of(points: Objects, compounds: Compounds) -> Int32s:
    """The smallest compound that covers each point, -1 for none."""
    side = np.full(len(points), -1, dtype=np.int32)
    row, compound = shapely.STRtree(compounds.shape).query(points, predicate="within")
    order = np.lexsort((compound, -shapely.area(compounds.shape[compound])))
    side[row[order]] = compound[order]
    return side


def _wall_places(lines: Objects, compounds: Compounds) -> tuple[Int64s, np.ndarray, Int64s]:
    """Where edges pass a wall: the edge, how far along (mm) and the place in whole mm, sorted."""
    walls = shapely.boundary(compounds.shape)
    wall, edge = shapely.STRtree(lines).query(walls, predicate="intersects")
    hits = shapely.intersection(lines[edge], walls[wall])
    xy, pair = shapely.get_coordinates(hits, return_index=True)
    along = shapely.line_locate_point(lines[edge[pair]], shapely.points(xy))
    kept = _passing(lines, compounds, edge, wall, pair, along)
    number, along, xy_mm = edge[pair[kept]].astype(np.int64), along[kept], np.rint(xy[kept]).astype(np.int64)
    order = np.lexsort((along, number))
    return number[order], along[order], xy_mm[order]


def _passing(
    lines: Objects, compounds: Compounds, edge: Int64s, wall: Int64s, pair: Int64s, along: np.ndarray
) -> Bools:
    """Which meetings of an edge and a wall lead from one side to the other; touching and following do not."""
    order = np.lexsort((along, pair))
    pair, along = pair[order], along[order]
    first = np.ones(len(pair), dtype=np.bool_)
    first[1:] = pair[1:] != pair[:-1]
    last = np.roll(first, -1)
    length = shapely.length(lines[edge[pair]])
    before = np.where(first, 0.0, np.roll(along, 1))
    after = np.where(last, length, np.roll(along, -1))
    line, yard = lines[edge[pair]], compounds.shape[wall[pair]]
    inside_before = shapely.contains(yard, shapely.line_interpolate_point(line, (before + along) / 2))
    inside_after = shapely.contains(yard, shapely.line_interpolate_point(line, (along + after) / 2))
    inner = (along > _SAME_MM) & (along < length - _SAME_MM)
    kept = np.zeros(len(pair), dtype=np.bool_)
    kept[order] = inner & (inside_before != inside_after)
    return kept


def _parts(network: Network, edge: Int64s, at_mm: np.ndarray, xy_mm: Int64s) -> Parts:
    """The edges cut at the given places; keys are node numbers, new ones for the cuts."""
    old = np.repeat(np.arange(network.edges, dtype=np.int64), np.diff(network.vertex_start))
    old_at = network.vertex_at_um / 1000.0
    key = np.full(len(old), -1, dtype=np.int64)
    key[network.vertex_start[:-1]] = network.edge_u
    key[network.vertex_start[1:] - 1] = network.edge_v
    new_key = network.nodes + np.arange(len(edge), dtype=np.int64)
    owner = np.concatenate((old, edge))
    at = np.concatenate((old_at, at_mm))
    order = np.lexsort((at, owner))
    owner, xy = owner[order], np.concatenate((network.vertex_xy_mm, xy_mm))[order]
    key = np.concatenate((key, new_key))[order]
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    last = np.roll(first, -1)
    begin, end = np.flatnonzero((key >= 0) & ~last), np.flatnonzero((key >= 0) & ~first)
    start, vertices = split_ranges(begin, end)
    return Parts(start, xy[vertices], key[begin], key[end], owner[begin])


def _gate_parts(parts: Parts, compounds: Compounds, row: int) -> tuple[Parts, Streets]:
    """An edge from the inner to the outer node wherever a path passes a wall beside a gate."""
    ways = len(compounds.shape) + 1
    key = np.concatenate((parts.from_key, parts.to_key))
    xy = np.concatenate((parts.xy_mm[parts.start[:-1]], parts.xy_mm[parts.start[1:] - 1]))
    key, first = np.unique(key, return_index=True)
    xy, place, side = xy[first], key // ways, key % ways - 1
    sides = np.bincount(np.unique(place, return_inverse=True)[1].ravel())
    crowded = np.repeat(sides > 1, sides)  # keys are sorted by place
    at_wall = np.flatnonzero(crowded & (side >= 0))
    point, gate = _gates_near(xy[at_wall], side[at_wall], compounds)
    at_wall = at_wall[point]
    count = len(at_wall)
    made = Parts(
        start=2 * np.arange(count + 1, dtype=np.int64),
        xy_mm=np.repeat(xy[at_wall], 2, axis=0),
        from_key=key[at_wall],
        to_key=place[at_wall] * ways,
        street=row + np.arange(count, dtype=np.int64),
    )
    flags = np.zeros(count, dtype=np.bool_)
    streets = Streets(
        forward=compounds.outward[gate],
        backward=compounds.inward[gate],
        slope_pct=np.zeros(count),
        steps=flags,
        kind=np.full(count, StreetKind.GATE, dtype=np.uint8),
        bridge=flags,
        level=np.zeros(count),
        code=compounds.gate_code[gate],
    )
    return made, streets


def _gates_near(xy: Int64s, side: Int64s, compounds: Compounds) -> tuple[Int64s, Int64s]:
    """For places on walls the nearest gate of that compound within 5 m that anybody may pass."""
    open_gates = np.flatnonzero(compounds.outward | compounds.inward)
    if not len(open_gates) or not len(xy):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    tree = shapely.STRtree(compounds.gate_point[open_gates])
    points = np.asarray(shapely.points(xy.astype(np.float64)), dtype=object)
    place, found = tree.query(points, predicate="dwithin", distance=PATH_TO_GATE_MM)
    gate = open_gates[found]
    own = compounds.gate_compound[gate] == side[place]
    place, gate = place[own], gate[own]
    far = shapely.distance(points[place], compounds.gate_point[gate])
    shut = ~compounds.inward[gate]  # of two gates equally near the one open both ways
    order = np.lexsort((gate, shut, far, place))
    place, gate = place[order], gate[order]
    fresh = np.ones(len(place), dtype=np.bool_)
    fresh[1:] = place[1:] != place[:-1]
    return place[fresh], gate[fresh]


def _all_streets(network: Network, gates: Streets) -> Streets:
    level = np.zeros(network.edges)
    own = Streets(
        network.forward, network.backward, network.slope_pct, network.steps, network.kind, network.bridge, level,
        network.code,
    )  # fmt: skip
    return Streets(*(np.concatenate((getattr(own, n), getattr(gates, n))) for n in Streets.__slots__))
