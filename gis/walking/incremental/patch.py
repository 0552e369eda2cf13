"""A window of the network put into the whole: nodes and edges in their canonical order, and who became who."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gis.walking.incremental.change import EdgePatch
from gis.walking.incremental.streets import Rows, Window, boxes_of
from gis.walking.model import Bools, Int32s, Int64s, Network
from gis.walking.parts import split_ranges

_BY_EDGE = ("length_um", "forward", "backward", "slope_pct", "steps", "kind", "bridge", "code")


@dataclass(frozen=True, slots=True)
class Patched:
    """The whole after the patch. `gone` are old edges, `fresh` new ones that have no old counterpart.

    `patch` is None where there is neither: then all is as it was.
    """

    network: Network
    side: Int32s
    rows: Rows
    patch: EdgePatch | None
    gone: Int64s
    fresh: Int64s


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Where the window's nodes are in the whole: new numbers by window node, of old nodes, and all places."""

    of_window: Int64s
    of_old: Int64s
    xy_mm: Int64s


def patched(
    network: Network, side: Int32s, rows: Rows, dropped: Int64s, made: Window, taken: Int64s
) -> Patched | None:
    """`network` without the edges `dropped`, with the edges `taken` of a window; `rows.code` and `made` are new.

    Edges that come back as they were keep their identity. Every place where a taken or a dropped edge ends must be
    complete in the window. None where two edges are so alike that their order cannot be told.
    """
    source = _same(network, side, dropped, made, taken)
    if (source >= 0).all() and len(source) == len(dropped):
        return Patched(network, side, rows, None, dropped[:0], dropped[:0])
    stays = np.ones(network.edges, dtype=np.bool_)
    stays[dropped] = False
    nodes = _nodes(network, stays, made.network, taken)
    stays[source[source >= 0]] = True
    gone = np.flatnonzero(~stays)
    fresh = taken[source < 0]
    kept = np.flatnonzero(stays)
    u, v = nodes.of_old[network.edge_u[kept]], nodes.of_old[network.edge_v[kept]]
    place = _edge_places(network, kept, u, v, made.network, fresh, nodes)
    if place is None:
        return None
    source = np.insert(kept, place, -1)
    new = np.flatnonzero(source < 0)
    number = np.full(network.edges, -1, dtype=np.int64)
    number[source[source >= 0]] = np.flatnonzero(source >= 0)
    pick = source.copy()
    pick[new] = network.edges + np.arange(len(new))
    whole = _assembled(network, made.network, fresh, pick, nodes)
    return Patched(
        network=whole,
        side=np.concatenate((side, made.side[fresh]))[pick].astype(np.int32),
        rows=Rows(
            rows.code,
            np.concatenate((rows.row, made.row[fresh]))[pick].astype(np.int32),
            np.concatenate((rows.box, _boxes(made.network, fresh)))[pick],
            rows.unique,
        ),
        patch=EdgePatch(source, number, nodes.of_old, _dirty(network, gone, made.network, fresh)),
        gone=gone,
        fresh=new,
    )


def ranks(xy_mm: Int64s) -> Int64s:
    """Which of the nodes at its place each node is; nodes at one place follow each other."""
    index = np.arange(len(xy_mm))
    again = np.zeros(len(xy_mm), dtype=np.bool_)
    again[1:] = (xy_mm[1:] == xy_mm[:-1]).all(axis=1)
    return np.asarray(index - np.maximum.accumulate(np.where(again, 0, index)), dtype=np.int64)


def place_ranges(xy_mm: Int64s, places: Int64s) -> Int64s:
    """First and last + 1 (k, 2) of the nodes at each place (k, 2), in nodes sorted by x, then y."""
    x, y = np.ascontiguousarray(xy_mm[:, 0]), np.ascontiguousarray(xy_mm[:, 1])
    low, high = np.searchsorted(x, places[:, 0], side="left"), np.searchsorted(x, places[:, 0], side="right")
    inner = [np.searchsorted(y[a:b], (c, c + 1)) for a, b, c in zip(low, high, places[:, 1], strict=True)]
    return np.asarray(np.array(inner, dtype=np.int64).reshape(-1, 2) + low[:, None], dtype=np.int64)


def _same(network: Network, side: Int32s, dropped: Int64s, made: Window, taken: Int64s) -> Int64s:
    """For each taken edge the dropped one that is the same in all, -1 for none."""
    known = defaultdict(list)
    for edge, key in zip(dropped, _contents(network, side, dropped), strict=True):
        known[key].append(edge)
    answer = np.full(len(taken), -1, dtype=np.int64)
    for at, key in enumerate(_contents(made.network, made.side, taken)):
        if known.get(key):
            answer[at] = known[key].pop(0)
    return answer


def _contents(network: Network, side: Int32s, edges: Int64s) -> list[Any]:
    """Everything that is known of edges, in values that do not depend on numbers of nodes and edges."""
    rank = ranks(network.node_xy_mm)
    values = [getattr(network, name)[edges].tolist() for name in _BY_EDGE]
    values += [
        rank[network.edge_u[edges]].tolist(),
        rank[network.edge_v[edges]].tolist(),
        side[edges].tolist(),
    ]
    start, end = network.vertex_start[edges].tolist(), network.vertex_start[edges + 1].tolist()
    shape = [network.vertex_xy_mm[a:b].tobytes() for a, b in zip(start, end, strict=True)]
    return list(zip(shape, *values, strict=True))


def _nodes(network: Network, stays: Bools, part: Network, taken: Int64s) -> _Nodes:
    """Nodes are a place and a rank; those that no edge needs any more are dropped."""
    alive = np.zeros(network.nodes, dtype=np.bool_)
    alive[network.edge_u[stays]] = True
    alive[network.edge_v[stays]] = True
    wanted = np.unique(np.concatenate((part.edge_u[taken], part.edge_v[taken]))).astype(np.int64)
    rank = ranks(part.node_xy_mm)[wanted]
    low, high = place_ranges(network.node_xy_mm, part.node_xy_mm[wanted]).T
    at, added = np.minimum(low + rank, high), low + rank >= high
    alive[at[~added]] = True
    before = np.concatenate(([0], np.cumsum(alive)))
    place = at[added]  # before which old node each new one goes; rising, as the window's nodes are
    number = before[:-1] + np.searchsorted(place, np.arange(network.nodes), side="right")
    of_window = np.full(part.nodes, -1, dtype=np.int64)
    of_window[wanted[~added]] = number[at[~added]]
    of_window[wanted[added]] = before[place] + np.arange(len(place))
    of_old = np.where(alive, number, -1)
    xy = np.empty((int(before[-1]) + len(place), 2), dtype=np.int64)
    xy[of_old[alive]] = network.node_xy_mm[alive]
    xy[of_window[wanted[added]]] = part.node_xy_mm[wanted[added]]
    return _Nodes(of_window, of_old, xy)


def _edge_places(
    network: Network, kept: Int64s, u: Int64s, v: Int64s, part: Network, fresh: Int64s, nodes: _Nodes
) -> Int64s | None:
    """Before which kept edge each fresh one goes, by ends, length, second vertex and code (`parts.assemble`)."""
    answer = np.empty(len(fresh), dtype=np.int64)
    begin, end = nodes.of_window[part.edge_u[fresh]], nodes.of_window[part.edge_v[fresh]]
    low, high = np.searchsorted(u, begin, side="left"), np.searchsorted(u, begin, side="right")
    for i, edge in enumerate(fresh):
        mine = (int(end[i]), *_key(part, int(edge)))
        at = int(low[i])
        while at < high[i] and (int(v[at]), *_key(network, int(kept[at]))) < mine:
            at += 1
        if at < high[i] and (int(v[at]), *_key(network, int(kept[at]))) == mine:
            return None
        answer[i] = at
    return answer


def _key(network: Network, edge: int) -> tuple[int, int, int, str]:
    x, y = network.vertex_xy_mm[network.vertex_start[edge] + 1].tolist()
    return int(network.length_um[edge]), x, y, network.code[edge] or ""


def _assembled(network: Network, part: Network, fresh: Int64s, pick: Int64s, nodes: _Nodes) -> Network:
    """The arrays of the old edges and the fresh ones in the order `pick` (old numbers, then fresh ones)."""
    first = np.concatenate((network.vertex_start[:-1], len(network.vertex_xy_mm) + part.vertex_start[fresh]))
    last = np.concatenate(
        (network.vertex_start[1:], len(network.vertex_xy_mm) + part.vertex_start[fresh + 1])
    )
    start, vertices = split_ranges(first[pick], last[pick] - 1)
    made: dict[str, Any] = {
        name: np.concatenate((getattr(network, name), getattr(part, name)[fresh]))[pick] for name in _BY_EDGE
    }
    for name in ("vertex_xy_mm", "vertex_at_um"):
        made[name] = np.concatenate((getattr(network, name), getattr(part, name)))[vertices]
    for name in ("edge_u", "edge_v"):
        ends = (nodes.of_old[getattr(network, name)], nodes.of_window[getattr(part, name)[fresh]])
        made[name] = np.concatenate(ends)[pick].astype(np.int32)
    return replace(network, node_xy_mm=nodes.xy_mm, vertex_start=start, **made)


def _boxes(part: Network, fresh: Int64s) -> Int64s:
    start, vertices = split_ranges(part.vertex_start[fresh], part.vertex_start[fresh + 1] - 1)
    return boxes_of(start, part.vertex_xy_mm[vertices])


def _dirty(network: Network, gone: Int64s, part: Network, fresh: Int64s) -> Int64s:
    """All old nodes at the places where an edge is gone or fresh."""
    ends = np.concatenate(
        [
            net.node_xy_mm[end[edge]]
            for net, edge in ((network, gone), (part, fresh))
            for end in (net.edge_u, net.edge_v)
        ]
    )
    ranges = place_ranges(network.node_xy_mm, np.unique(ends, axis=0))
    found = [np.arange(low, high) for low, high in ranges.tolist()]
    return np.concatenate(found).astype(np.int64) if found else np.empty(0, dtype=np.int64)
