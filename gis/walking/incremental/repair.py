"""Mend a search after an edit: forget what may derive from what is gone, find it again, ask only who can notice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from gis.walking import kernels, repair_kernels
from gis.walking.cost import Graph, edge_costs, leg_cost
from gis.walking.incremental.change import Change
from gis.walking.kernels import UNREACHABLE, Arcs, Edges, Places
from gis.walking.model import Bools, Direct, Int32s, Int64s, Links, Network
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Prepared
from gis.walking.search import Nearest, places, station_seeds


@dataclass(frozen=True, slots=True)
class Searched:
    """One answer with what mends it: the chosen stations (rows of the place), their links, the labels of all nodes."""

    graph: Graph
    stations: Int64s
    links: Links
    direct: Direct
    labels: Int64s
    nearest: Nearest


def graph_after(old: Graph, network: Network, change: Change) -> Graph:
    """The graph of `network` in the profile of `old`: costs of edges that stayed are taken over."""
    patch = change.edges
    if patch is None:
        return old
    forward, backward = old.forward_cost[patch.source], old.backward_cost[patch.source]
    fresh = np.flatnonzero(patch.source < 0)
    some = replace(
        network,
        **{
            name: getattr(network, name)[fresh]
            for name in ("length_um", "kind", "slope_pct", "steps", "forward", "backward")
        },
    )
    forward[fresh], backward[fresh] = edge_costs(some, old.profile)
    edges = Edges(network.edge_u, network.edge_v, network.length_um, forward, backward)
    arcs = Arcs(*repair_kernels.arcs_of(network.edge_u, network.edge_v, forward, backward, network.nodes))
    return Graph(old.profile, arcs, edges)


def search_after(
    old: Searched, graph: Graph, ready: Prepared, change: Change, stations: Int64s, limit: int
) -> Searched:
    """What `search.nearest` gives for the place after `change`, made of the answer before it.

    `stations` are the rows of the chosen ones after the edit, `ready` is everything after it.
    """
    links = only_points(ready.station_links, stations)
    direct = only_stations(ready.direct, stations, ready.station_links.points)
    number, fresh = _renumbered(old.stations, change, stations)
    limit = graph.check_limit(limit)
    labels, moved = _labels(old, graph, change, number, fresh, links, limit)
    hit = repair_kernels.touched_edges(graph.edges.u, graph.edges.v, moved)
    hit[_edges_of(old.links, change, number, fresh, links)] = True
    if change.edges is not None:
        hit[change.edges.source < 0] = True
    home = ready.building_links
    asked = np.zeros(home.points, np.bool_)
    if hit.any():
        asked = repair_kernels.touched_points(home.point, home.edge, hit, home.points)
    asked[change.buildings] = True
    asked[old.direct.point[number[old.direct.station] < 0]] = True
    asked[direct.point[fresh[direct.station]]] = True
    points = np.flatnonzero(asked)
    best = _best_of(points, labels, graph, ready, links, direct, limit)
    return Searched(graph, stations, links, direct, labels, _replaced(old.nearest, number, points, best))


def _renumbered(before: Int64s, change: Change, after: Int64s) -> tuple[Int64s, Bools]:
    """New index of each chosen station (-1: gone, or it leaves elsewhere now), and which of the new are to be searched."""
    row = change.station_number[before]
    at = np.searchsorted(after, row)
    at[at == len(after)] = 0
    same = (row >= 0) & (after[at] == row) if len(after) else np.zeros(len(row), np.bool_)
    same &= ~np.isin(row, change.stations)
    number = np.where(same, at, -1)
    fresh = np.ones(len(after), np.bool_)
    fresh[number[same]] = False
    return np.append(number, -1).astype(np.int64), fresh


def _labels(
    old: Searched, graph: Graph, change: Change, number: Int64s, fresh: Bools, links: Links, limit: int
) -> tuple[Int64s, Bools]:
    """The labels of all nodes, and which nodes have another one than before."""
    nodes = np.arange(old.graph.nodes, dtype=np.int64)
    dirty = np.empty(0, np.int64)
    if change.edges is not None:
        nodes, dirty = change.edges.node_number, change.edges.dirty
    if change.edges is None and np.array_equal(number[:-1], np.arange(len(fresh))):
        return old.labels, np.zeros(graph.nodes, np.bool_)
    lost = repair_kernels.forget(old.labels, old.graph.arcs, dirty)
    was, labels, short = repair_kernels.carry(old.labels, lost, nodes, number, graph.nodes)
    seeds = station_seeds(graph, links)
    repair_kernels.mend(labels, short, graph.arcs, graph.edges, seeds, fresh, limit, graph.node_bits)
    return labels, repair_kernels.differ(was, labels)


def _edges_of(before: Links, change: Change, number: Int64s, fresh: Bools, after: Links) -> Int64s:
    """Edges from which a station is gone, or to which one came."""
    gone = before.edge[number[before.point] < 0].astype(np.int64)
    if change.edges is not None:
        gone = change.edges.edge_number[gone]
        gone = gone[gone >= 0]
    return np.concatenate((gone, after.edge[fresh[after.point]].astype(np.int64)))


def _best_of(
    points: Int64s, labels: Int64s, graph: Graph, ready: Prepared, links: Links, direct: Direct, limit: int
) -> Int64s:
    """`kernels.label_points` for some buildings."""
    home = ready.building_links
    row, start = _rows_of(home.point, points)
    mine = Places(start, home.edge[row], home.position_um[row], leg_cost(home.leg_um[row], graph.profile))
    row, start = _rows_of(direct.point, points)
    leg = leg_cost(direct.leg_um[row], graph.profile)
    pairs = Places(start, direct.station[row], np.zeros(len(row), np.int64), leg)
    near = places(links, graph, by_edge=True)
    best: Int64s = kernels.label_points(labels, graph.edges, mine, near, pairs, 0, len(points), limit)
    return best


def _rows_of(sorted_point: Int32s, points: Int64s) -> tuple[Int64s, Int64s]:
    """The rows of some points in a column sorted by point, and where each point's begin in them."""
    wanted = points.astype(np.int32)
    low = np.searchsorted(sorted_point, wanted, side="left")
    count = np.searchsorted(sorted_point, wanted, side="right") - low
    start = np.zeros(len(points) + 1, np.int64)
    np.cumsum(count, out=start[1:])
    return np.repeat(low - start[:-1], count) + np.arange(start[-1]), start


def _replaced(old: Nearest, number: Int64s, points: Int64s, best: Int64s) -> Nearest:
    """The answer with the stations' new indices, and new rows at `points`."""
    count = len(old.cost)
    made = Nearest(
        np.empty(count, np.int64),
        np.empty(count, np.int32),
        np.empty(count, np.int64),
        np.empty(count, np.int32),
    )
    short = number.astype(np.int32)  # its last entry is that of -1: no station
    _halved(
        count,
        lambda first, last: repair_kernels.renumber_answers(
            _columns(old), short, _columns(made), first, last
        ),
    )
    found = np.where(best[:, 0::2] == UNREACHABLE, -1, best[:, 1::2]).astype(np.int32)
    made.cost[points], made.second_cost[points] = best[:, 0], best[:, 2]
    made.station[points], made.second_station[points] = found[:, 0], found[:, 1]
    return made


def different(was: Nearest, now: Nearest, number: Int64s, row: Int64s) -> Int64s:
    """The buildings with another answer: cost or station, first or second.

    `number[station]` and `row[station]` name the stations of the one and the other alike, the last entry is -1.
    """
    answer = np.empty(len(was.cost), dtype=np.bool_)
    before, after = _columns(was), _columns(now)
    _halved(
        len(answer),
        lambda first, last: repair_kernels.answers_differ(before, after, number, row, answer, first, last),
    )
    return np.flatnonzero(answer)


def _columns(nearest: Nearest) -> repair_kernels.Answers:
    """In one piece each, as the kernels are compiled for."""
    one = np.ascontiguousarray
    return one(nearest.cost), one(nearest.station), one(nearest.second_cost), one(nearest.second_station)


def _halved(count: int, work: Callable[[int, int], None]) -> None:
    """Two halves at a time: what only copies waits for memory, and the kernels hold no lock."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(work, 0, count // 2)
        work(count // 2, count)
        other.result()
