"""Walked distances: every building's two nearest stations, every station's catchment, street parts.

The kernels release the GIL, so that chunks run on all cores in plain threads; the answers do not depend on
the number of threads. Costs are int64, micrometres or microseconds by the graph's profile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from gis.walking import kernels
from gis.walking.cost import Graph, leg_cost
from gis.walking.kernels import UNREACHABLE, Places, Seeds
from gis.walking.model import Bools, Direct, Int32s, Int64s, Links

T = TypeVar("T")
_ORIGINS_A_CHUNK = 512  # every chunk fills an array of all nodes once
_POINTS_A_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Nearest:
    """Per building (b) the nearest and the second nearest distinct station, by index, and their costs.

    A station of -1 means none within the limit; its cost is UNREACHABLE then, which must never be shown.
    """

    cost: Int64s
    station: Int32s
    second_cost: Int64s
    second_station: Int32s

    @property
    def reached(self) -> Bools:
        """Which buildings have a station within the search limit."""
        return self.station >= 0

    def covered(self, limit: int) -> Bools:
        """Which buildings have a station at an integer cost of at most `limit`."""
        return self.cost <= limit


@dataclass(frozen=True, slots=True)
class Catchments:
    """Reached nodes of each origin in rows, in order of cost (ties: lower node): start (s+1), node, cost."""

    start: Int64s
    node: Int32s
    cost: Int64s

    def of(self, origin: int) -> tuple[Int32s, Int64s]:
        """Nodes and costs of one origin."""
        rows = slice(self.start[origin], self.start[origin + 1])
        return self.node[rows], self.cost[rows]


@dataclass(frozen=True, slots=True)
class Parts:
    """Reached parts of edges, merged, sorted by origin, edge, from: closed intervals of offsets in µm."""

    origin: Int32s
    edge: Int32s
    from_um: Int64s
    to_um: Int64s


def in_rows(key: npt.NDArray[Any], count: int) -> tuple[Int64s, Int64s]:
    """Row starts (count + 1) and the stable order that sorts `key` into them."""
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=count), out=start[1:])
    return start, np.argsort(key, kind="stable")


def places(links: Links, graph: Graph, *, by_edge: bool = False) -> Places:
    """Links in rows of their points, or of their edges, with the legs as costs."""
    key, who = (links.edge, links.point) if by_edge else (links.point, links.edge)
    start, order = in_rows(key, len(graph.edges.length) if by_edge else links.points)
    leg = leg_cost(links.leg_um, graph.profile)
    return Places(start, who[order], links.position_um[order], leg[order])


def part_costs(cost: Int64s, part_um: Int64s, length_um: Int64s) -> Int64s:
    """`kernels.part_cost` over arrays, exact: Python integers where 64 bits could overflow."""
    small = (cost < 2**31) & (part_um < 2**31)
    part = np.where(small, cost, 0) * np.where(small, part_um, 0) // np.maximum(length_um, 1)
    for index in np.flatnonzero(~small):
        part[index] = int(cost[index]) * int(part_um[index]) // int(length_um[index])
    whole: Int64s = np.where(part_um == length_um, cost, part)
    return whole


def station_seeds(graph: Graph, links: Links) -> Seeds:
    """Where the search from each station begins: the ends of its edges and the cost from there to it."""
    edge, leg = links.edge, leg_cost(links.leg_um, graph.profile)
    length = graph.edges.length[edge]
    ways = (
        (graph.edges.u, graph.forward_cost[edge], links.position_um),
        (graph.edges.v, graph.backward_cost[edge], length - links.position_um),
    )
    point, node, cost = [], [], []
    for end, way, part in ways:
        may = (way >= 0) | (part == 0)  # a station at a node is reached there whatever the edge permits
        point.append(links.point[may])
        node.append(end[edge[may]])
        cost.append(leg[may] + part_costs(way[may], part[may], length[may]))
    start, order = in_rows(np.concatenate(point), links.points)
    return Seeds(start, np.concatenate(node)[order], np.concatenate(cost)[order])


def node_seeds(nodes: npt.ArrayLike) -> Seeds:
    """Searches that begin at nodes themselves, one an origin (what packages that know only nodes do)."""
    node = np.asarray(nodes, np.int32)
    return Seeds(np.arange(len(node) + 1, dtype=np.int64), node, np.zeros(len(node), np.int64))


def spread(work: Callable[[int, int], T], count: int, chunk: int, threads: int | None) -> list[T]:
    """`work(first, last)` over chunks of range(count), on all cores, in order."""
    bounds = [*range(0, count, chunk), count] if count else [0, 0]
    pairs = list(pairwise(bounds))
    workers = min(threads or os.cpu_count() or 1, len(pairs))
    if workers == 1:
        return [work(first, last) for first, last in pairs]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda pair: work(*pair), pairs))


def _direct_places(direct: Direct, graph: Graph, points: int) -> Places:
    start, order = in_rows(direct.point, points)
    leg = leg_cost(direct.leg_um, graph.profile)[order]
    return Places(start, direct.station[order], np.zeros(len(leg), np.int64), leg)


def nearest(
    graph: Graph,
    building_links: Links,
    station_links: Links,
    direct: Direct,
    limit: int,
    *,
    threads: int | None = None,
) -> Nearest:
    """Nearest and second nearest distinct station of every building, exact for costs up to `limit`.

    One multi-source search from all stations at once; a building's cost is the minimum over its links of
    leg + part of an edge + label, over stations on the same edge, and over direct pairs. Ties go to the
    lower station index (stations are sorted by code).
    """
    return labelled(graph, building_links, station_links, direct, limit, threads=threads)[1]


def labelled(
    graph: Graph,
    building_links: Links,
    station_links: Links,
    direct: Direct,
    limit: int,
    *,
    threads: int | None = None,
) -> tuple[Int64s, Nearest]:
    """`nearest` with the labels of all nodes (n, 4: `kernels.label_nodes`), by which an edit can mend it."""
    limit = graph.check_limit(limit)
    labels = kernels.label_nodes(graph.arcs, station_seeds(graph, station_links), limit, graph.node_bits)
    work = partial(
        kernels.label_points,
        labels,
        graph.edges,
        places(building_links, graph),
        places(station_links, graph, by_edge=True),
        _direct_places(direct, graph, building_links.points),
    )
    count = building_links.points
    chunks = spread(lambda first, last: work(first, last, limit), count, _POINTS_A_CHUNK, threads)
    best = np.concatenate(chunks)
    station = np.where(best[:, 0::2] == UNREACHABLE, -1, best[:, 1::2]).astype(np.int32)
    return labels, Nearest(best[:, 0].copy(), station[:, 0], best[:, 2].copy(), station[:, 1])


def catchments(graph: Graph, seeds: Seeds, limit: int, *, threads: int | None = None) -> Catchments:
    """Every origin's reached nodes and costs within `limit`, each origin by itself."""
    limit = graph.check_limit(limit)

    def work(first: int, last: int) -> Any:
        return kernels.search_each(graph.arcs, seeds, first, last, limit, graph.node_bits)

    found = spread(work, len(seeds.start) - 1, _ORIGINS_A_CHUNK, threads)
    counts = np.concatenate([counts for counts, _, _ in found])
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    return Catchments(start, np.concatenate([n for _, n, _ in found]), np.concatenate([c for *_, c in found]))


def reached_parts(graph: Graph, station_links: Links, limit: int, *, threads: int | None = None) -> Parts:
    """The exact parts of edges from which each station is within `limit`, merged per station and edge."""
    reach = catchments(graph, station_seeds(graph, station_links), limit, threads=threads)
    rows = Seeds(reach.start, reach.node, reach.cost)
    links = places(station_links, graph)

    def work(first: int, last: int) -> Int64s:
        parts: Int64s = kernels.reach_parts(graph.arcs, graph.edges, links, rows, first, last, limit)
        return _merged(parts)

    found = np.concatenate(spread(work, station_links.points, _ORIGINS_A_CHUNK, threads))
    return Parts(found[:, 0].astype(np.int32), found[:, 1].astype(np.int32), found[:, 2], found[:, 3])


def _merged(parts: Int64s) -> Int64s:
    """Overlapping or touching intervals (origin, edge, from, to) united, sorted by origin, edge, from."""
    if not len(parts):
        return parts
    parts = parts[np.lexsort((parts[:, 2], parts[:, 1], parts[:, 0]))]
    change = np.any(parts[1:, :2] != parts[:-1, :2], axis=1)
    group = np.concatenate([[0], np.cumsum(change)])
    apart = int(parts[:, 3].max()) + 2  # so that the running maximum never reaches into the next group
    reach = np.maximum.accumulate(parts[:, 3] + group * apart)
    fresh = np.concatenate([[True], (parts[1:, 2] + group[1:] * apart) > reach[:-1]])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(parts)) - 1
    united = parts[first].copy()
    united[:, 3] = reach[last] - group[last] * apart
    return united
