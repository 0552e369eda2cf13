"""Every pair of a station and a building within a limit, with its exact cost: what siting and capacity count on.

The rules are those of `search.nearest`: the minimum over a building's links of leg + part of an edge + way,
over stations on the same edge, and over direct pairs, in whole numbers. Each station is searched by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gis.walking.cost import Graph, leg_cost
from gis.walking.kernels import Seeds
from gis.walking.model import Direct, Int32s, Int64s, Links
from gis.walking.pair_kernels import Doors, join_each, transpose
from gis.walking.search import catchments, in_rows, part_costs, spread, station_seeds

_STATIONS_A_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs in rows: `start` (s+1) by station, `building` rising within a row, `cost` µm or µs.

    After `by_building` the rows are buildings, and `building` holds the stations.
    """

    start: Int64s
    building: Int32s
    cost: Int64s

    def of(self, station: int) -> tuple[Int32s, Int64s]:
        """Buildings and costs of one station."""
        rows = slice(self.start[station], self.start[station + 1])
        return self.building[rows], self.cost[rows]

    @property
    def station(self) -> Int32s:
        """The station of every pair."""
        count = np.diff(self.start)
        return np.repeat(np.arange(len(count), dtype=np.int32), count)


def pairs(
    graph: Graph,
    building_links: Links,
    station_links: Links,
    direct: Direct,
    limit: int,
    *,
    threads: int | None = None,
    ceiling: Int64s | None = None,
    check: Callable[[int], None] | None = None,
) -> Pairs:
    """All (station, building, cost) with cost <= `limit`, exact; stations by index, buildings rising.

    `ceiling` (b) keeps only pairs whose cost is at most the building's own ceiling as well. Raises `Invalid`
    (`limit_out_of_range`). The answer does not depend on `threads`. `check` is told how many pairs there are so far,
    and may raise: more than the memory holds are refused before they are there.
    """
    limit = graph.check_limit(limit)
    seeds = station_seeds(graph, station_links)
    doors = _doors(graph, building_links, limit)
    straight = _straight(graph, building_links, station_links, direct)
    most = np.full(building_links.points, limit, np.int64) if ceiling is None else ceiling

    sizes: list[int] = []

    def work(first: int, last: int) -> tuple[Int64s, Int32s, Int64s]:
        begin, end = seeds.start[first], seeds.start[last]
        part = Seeds(seeds.start[first : last + 1] - begin, seeds.node[begin:end], seeds.cost[begin:end])
        reach = catchments(graph, part, limit, threads=1)
        rows = Seeds(reach.start, reach.node, reach.cost)
        counts, buildings, costs = join_each(rows, doors, straight, first, last, limit, most)
        sizes.append(len(buildings))
        if check is not None:
            check(sum(sizes))
        return counts, buildings, costs

    return _joined(spread(work, station_links.points, _STATIONS_A_CHUNK, threads))


def by_building(found: Pairs, buildings: int) -> Pairs:
    """The same pairs in rows by building (b+1); `building` then holds the stations, rising."""
    start = np.zeros(buildings + 1, np.int64)
    np.cumsum(np.bincount(found.building, minlength=buildings), out=start[1:])
    station, cost = np.empty(len(found.building), np.int32), np.empty(len(found.cost), np.int64)
    transpose(found.start, found.building, found.cost, start, station, cost)
    return Pairs(start, station, cost)


def _joined(chunks: list[tuple[Int64s, Int32s, Int64s]]) -> Pairs:
    """Chunks in one, each freed once it is copied: the pairs of a city are hundreds of megabytes."""
    counts = np.concatenate([chunk[0] for chunk in chunks])
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    building, cost = np.empty(int(start[-1]), np.int32), np.empty(int(start[-1]), np.int64)
    end = int(start[-1])
    while chunks:
        _, buildings, costs = chunks.pop()
        building[end - len(buildings) : end], cost[end - len(costs) : end] = buildings, costs
        end -= len(buildings)
    return Pairs(start, building, cost)


def _doors(graph: Graph, links: Links, limit: int) -> Doors:
    """What each building pays to each node at the ends of its streets, by node in order of cost."""
    edge, leg = links.edge, leg_cost(links.leg_um, graph.profile)
    length = graph.edges.length[edge]
    ways = (
        (graph.edges.v, graph.forward_cost[edge], length - links.position_um),
        (graph.edges.u, graph.backward_cost[edge], links.position_um),
    )
    node, building, cost = [], [], []
    for end, way, part in ways:
        may = (way >= 0) | (part == 0)  # who stands at a node needs no permission
        paid = leg[may] + part_costs(way[may], part[may], length[may])
        near = paid <= limit
        node.append(end[edge[may]][near])
        building.append(links.point[may][near])
        cost.append(paid[near])
    nodes, buildings, costs = (np.concatenate(column) for column in (node, building, cost))
    order = np.lexsort((buildings, costs, nodes))
    start, _ = in_rows(nodes, graph.nodes)
    return Doors(start, buildings[order].astype(np.int32), costs[order])


def _straight(graph: Graph, homes: Links, stations: Links, direct: Direct) -> Doors:
    """By station: direct pairs, and buildings linked to the same edge from where the walk is permitted."""
    home_start, home_order = in_rows(homes.edge, len(graph.edges.length))
    count = np.diff(home_start)[stations.edge]
    near = np.repeat(np.arange(len(stations.edge)), count)
    begin = np.repeat(home_start[stations.edge] - (np.cumsum(count) - count), count)
    home = home_order[begin + np.arange(len(near))]
    edge = stations.edge[near]
    ahead = stations.position_um[near] - homes.position_um[home]
    way = np.where(ahead >= 0, graph.forward_cost[edge], graph.backward_cost[edge])
    may = (way >= 0) | (ahead == 0)
    near, home, edge, ahead, way = (column[may] for column in (near, home, edge, ahead, way))
    legs = leg_cost(homes.leg_um[home], graph.profile) + leg_cost(stations.leg_um[near], graph.profile)
    along = legs + part_costs(way, np.abs(ahead), graph.edges.length[edge])
    station = np.concatenate([stations.point[near], direct.station])
    building = np.concatenate([homes.point[home], direct.point])
    cost = np.concatenate([along, leg_cost(direct.leg_um, graph.profile)])
    start, _ = in_rows(station, stations.points)
    order = np.lexsort((building, cost, station))
    return Doors(start, building[order].astype(np.int32), cost[order])
