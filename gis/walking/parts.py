"""Street parts between nodes, and how they become a network whose order does not depend on the input's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import CRS

from gis.walking.model import Bools, Floats, Int64s, Network, Objects, Uint8s


@dataclass(frozen=True, slots=True)
class Streets:
    """What is known of each street row, in its digitised direction."""

    forward: Bools
    backward: Bools
    slope_pct: Floats
    steps: Bools
    kind: Uint8s
    bridge: Bools
    level: Floats
    code: Objects


@dataclass(frozen=True, slots=True)
class Parts:
    """Polylines from node to node: vertices `start[p]:start[p + 1]` of `xy_mm`, in the street's direction.

    A node is a place and a key: `from_key`, `to_key` keep nodes at one place apart. `street` is the row.
    """

    start: Int64s
    xy_mm: Int64s
    from_key: Int64s
    to_key: Int64s
    street: Int64s


def split_ranges(begin: Int64s, end: Int64s) -> tuple[Int64s, Int64s]:
    """Row starts and the vertex numbers of the ranges begin..end, both ends included."""
    length = end - begin + 1
    start = np.zeros(len(begin) + 1, dtype=np.int64)
    np.cumsum(length, out=start[1:])
    inside = np.arange(start[-1], dtype=np.int64) - np.repeat(start[:-1], length)
    return start, np.repeat(begin, length) + inside


def place_numbers(xy_mm: Int64s) -> Int64s:
    """A number for every place, rising with x, then y; equal places share it."""
    if not len(xy_mm):
        return np.empty(0, dtype=np.int64)
    low = xy_mm.min(axis=0)
    across, along = xy_mm[:, 0] - low[0], xy_mm[:, 1] - low[1]
    if float(across.max() + 1) * float(along.max() + 1) < 2.0**62:
        across = across * (along.max() + 1) + along
    else:  # farther apart than the earth is wide
        _, across = np.unique(xy_mm, axis=0, return_inverse=True)
    _, number = np.unique(across, return_inverse=True)
    return number.ravel().astype(np.int64)


def segment_um(dx_mm: Int64s, dy_mm: Int64s) -> Int64s:
    """Length of segments in whole micrometres; one correctly rounded root, so the same on every machine."""
    square = dx_mm * dx_mm + dy_mm * dy_mm
    return np.rint(np.sqrt(square.astype(np.float64)) * 1000.0).astype(np.int64)


def assemble(crs: CRS, parts: Parts, streets: Streets) -> tuple[Network, Int64s]:
    """The network of `parts`, and the part behind each edge.

    Edges are digitised from their smaller end, nodes and edges sorted by coordinates.
    """
    xy_mm, turned = _orient(parts)
    first, last = parts.start[:-1], parts.start[1:] - 1
    u_key = np.where(turned, parts.to_key, parts.from_key)
    v_key = np.where(turned, parts.from_key, parts.to_key)
    ends = np.concatenate((xy_mm[first], xy_mm[last]))
    keys, key = np.unique(np.concatenate((u_key, v_key)), return_inverse=True)
    spot = place_numbers(ends) * max(len(keys), 1) + key
    _, sample, number = np.unique(spot, return_index=True, return_inverse=True)
    edge_u, edge_v = number[: len(first)], number[len(first) :]
    at_um, length_um = _offsets(parts.start, xy_mm)
    street = parts.street
    order = _edge_order(edge_u, edge_v, length_um, parts.start, xy_mm, streets.code[street])
    start, vertices = split_ranges(first[order], last[order])
    turned, street = turned[order], street[order]
    forward, backward = streets.forward[street], streets.backward[street]
    slope = streets.slope_pct[street]
    network = Network(
        crs=crs,
        node_xy_mm=np.ascontiguousarray(ends[sample]),
        edge_u=edge_u[order].astype(np.int32),
        edge_v=edge_v[order].astype(np.int32),
        length_um=length_um[order],
        forward=np.where(turned, backward, forward),
        backward=np.where(turned, forward, backward),
        vertex_start=start,
        vertex_xy_mm=np.ascontiguousarray(xy_mm[vertices]),
        vertex_at_um=at_um[vertices],
        slope_pct=np.where(turned, -slope, slope),
        steps=streets.steps[street],
        kind=streets.kind[street],
        bridge=streets.bridge[street],
        code=streets.code[street],
    )
    return network, order


def _orient(parts: Parts) -> tuple[Int64s, Bools]:
    """Vertices with every part running from its smaller end, and which parts were turned round.

    A closed loop has equal ends; its vertices from both ends decide.
    """
    xy_mm, start = parts.xy_mm, parts.start
    first, last = start[:-1], start[1:] - 1
    turned = _smaller(xy_mm[last], xy_mm[first])
    undecided = np.flatnonzero((xy_mm[first] == xy_mm[last]).all(axis=1))
    for part in undecided:
        ahead = xy_mm[first[part] : last[part] + 1]
        turned[part] = ahead[::-1].tolist() < ahead.tolist()
    length = np.diff(start)
    position = np.arange(len(xy_mm), dtype=np.int64)
    mirrored = np.repeat(first + last, length) - position
    return xy_mm[np.where(np.repeat(turned, length), mirrored, position)], turned


def _smaller(a: Int64s, b: Int64s) -> Bools:
    answer: Bools = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1]))
    return answer


def _offsets(start: Int64s, xy_mm: Int64s) -> tuple[Int64s, Int64s]:
    """Cumulative offset of every vertex along its part, and the length of every part, in µm."""
    step = np.zeros(len(xy_mm), dtype=np.int64)
    if len(xy_mm):
        move = np.diff(xy_mm, axis=0)
        step[1:] = segment_um(move[:, 0], move[:, 1])
        step[start[:-1]] = 0
    total = np.cumsum(step)
    at_um = total - np.repeat(total[start[:-1]], np.diff(start))
    length_um = at_um[start[1:] - 1]
    gates = length_um == 0  # a gate: two nodes at one place, kept one micrometre apart
    length_um = np.where(gates, 1, length_um)
    at_um[(start[1:] - 1)[gates]] = 1
    return at_um, length_um


def _edge_order(
    edge_u: Int64s, edge_v: Int64s, length_um: Int64s, start: Int64s, xy_mm: Int64s, code: Objects
) -> Int64s:
    """Edges by ends, length, second vertex and code: an order that the input's order cannot change."""
    second = xy_mm[np.minimum(start[:-1] + 1, np.maximum(start[1:] - 1, 0))] if len(xy_mm) else xy_mm
    name = np.array(["" if value is None else value for value in code], dtype=str)
    order: Int64s = np.lexsort((name, second[:, 1], second[:, 0], length_um, edge_v, edge_u))
    return order
