"""The walked path of one building, and lines for parts of edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.walking import kernels
from gis.walking.cost import Graph, leg_cost
from gis.walking.kernels import UNREACHABLE, Places
from gis.walking.model import Direct, Int64s, Links, Network
from gis.walking.search import places, station_seeds

Coordinates = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk from a building to a station: its cost, the legs at both ends, and what is walked of each edge.

    `parts` (p, 3) holds edge, from µm, to µm in walking order; from > to where an edge is walked from v to u.
    `gate` is the gate passed on a straight way out of a compound, -1 for none. A direct walk has no parts.
    """

    station: int
    cost: int
    home_leg_um: int
    station_leg_um: int
    gate: int
    parts: Int64s

    @property
    def length_um(self) -> int:
        """Legs and parts together, in micrometres."""
        walked = int(np.abs(self.parts[:, 2] - self.parts[:, 1]).sum())
        return self.home_leg_um + walked + self.station_leg_um


def only_points(links: Links, chosen: npt.ArrayLike) -> Links:
    """The links of the chosen points (indices), renumbered in the order of `chosen`, which must rise."""
    wanted = np.asarray(chosen, np.int64)
    number = np.full(links.points, -1, np.int32)
    number[wanted] = np.arange(len(wanted), dtype=np.int32)
    keep = number[links.point] >= 0
    return Links(
        number[links.point[keep]],
        links.edge[keep],
        links.position_um[keep],
        links.leg_um[keep],
        links.gate[keep],
        links.quality[wanted],
        links.reason[wanted],
    )


def only_stations(direct: Direct, chosen: npt.ArrayLike, stations: int) -> Direct:
    """The direct pairs of the chosen of `stations` stations, renumbered as `only_points` does."""
    wanted = np.asarray(chosen, np.int64)
    number = np.full(stations, -1, np.int32)
    number[wanted] = np.arange(len(wanted), dtype=np.int32)
    keep = number[direct.station] >= 0
    return Direct(direct.point[keep], number[direct.station[keep]], direct.leg_um[keep])


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to begin: what it costs in all, its link, where it goes (a node, or a station's link), its part."""

    cost: int
    link: int
    node: int
    part: tuple[int, int, int]
    last_leg_um: int = 0


def path(
    graph: Graph, buildings: Links, stations: Links, direct: Direct, building: int, station: int, limit: int
) -> Walk | None:
    """The cheapest walk from `building` to `station` (indices), None when it costs more than `limit`.

    Its cost equals that of `search.nearest` for this pair. Equal costs: a direct pair, then the first link.
    """
    limit = graph.check_limit(limit)
    home = only_points(buildings, [building])
    ends = only_points(stations, [station])
    straight = _direct_walk(graph, direct, building, station)
    seeds = station_seeds(graph, ends)
    cost, came_by = kernels.search_tree(graph.arcs, seeds, 0, limit, graph.node_bits)
    choices = [*_same_edge(graph, home, ends), *_by_nodes(graph, home, cost)]
    best = min(choices, key=lambda c: c.cost, default=None)
    if straight and (best is None or straight.cost <= best.cost):
        return straight if straight.cost <= limit else None
    if best is None or best.cost > limit:
        return None
    parts, last_leg = [best.part], best.last_leg_um
    if best.node >= 0:
        onward, last_leg = _trace(graph, ends, best.node, cost, came_by)
        parts += onward
    walked = np.array([p for p in parts if p[1] != p[2]], np.int64).reshape(-1, 3)
    return Walk(station, best.cost, int(home.leg_um[best.link]), last_leg, int(home.gate[best.link]), walked)


def _direct_walk(graph: Graph, direct: Direct, building: int, station: int) -> Walk | None:
    legs = direct.leg_um[(direct.point == building) & (direct.station == station)]
    if not len(legs):
        return None
    leg = int(legs.min())
    cost = int(leg_cost(leg, graph.profile))
    return Walk(station, cost, leg, 0, -1, np.empty((0, 3), np.int64))


def _by_nodes(graph: Graph, home: Links, cost: Int64s) -> list[_Choice]:
    found = []
    rows = places(home, graph)
    for link in range(len(home.edge)):
        edge, at = int(home.edge[link]), int(home.position_um[link])
        length = int(graph.edges.length[edge])
        ways = (
            (int(graph.edges.v[edge]), int(graph.forward_cost[edge]), length),
            (int(graph.edges.u[edge]), int(graph.backward_cost[edge]), 0),
        )
        for node, way, end in ways:
            if (way >= 0 or at == end) and cost[node] < UNREACHABLE:
                part = int(kernels.part_cost(way, abs(end - at), length))
                total = int(rows.leg[link]) + part + int(cost[node])
                found.append(_Choice(total, link, node, (edge, at, end)))
    return found


def _same_edge(graph: Graph, home: Links, ends: Links) -> list[_Choice]:
    found = []
    mine, theirs = places(home, graph), places(ends, graph)
    for link, near in zip(*np.nonzero(home.edge[:, None] == ends.edge[None, :]), strict=True):
        edge, at, to = int(home.edge[link]), int(home.position_um[link]), int(ends.position_um[near])
        way = int((graph.forward_cost if to >= at else graph.backward_cost)[edge])
        if way < 0 and to != at:
            continue
        part = (
            int(kernels.part_cost(max(way, 0), abs(to - at), int(graph.edges.length[edge])))
            if to != at
            else 0
        )
        total = int(mine.leg[link]) + part + int(theirs.leg[near])
        found.append(_Choice(total, int(link), -1, (edge, at, to), int(ends.leg_um[near])))
    return found


def _trace(
    graph: Graph, ends: Links, node: int, cost: Int64s, came_by: Int64s
) -> tuple[list[tuple[int, int, int]], int]:
    """Whole edges from `node` to the station's edge, the part of that one, and the station's leg."""
    arcs, parts = graph.arcs, []
    while came_by[node] >= 0:
        arc = int(came_by[node])
        edge, length = int(arcs.edge[arc]), int(graph.edges.length[arcs.edge[arc]])
        parts.append((edge, 0, length) if arcs.forward[arc] else (edge, length, 0))
        node = int(np.searchsorted(arcs.start, arc, side="right")) - 1
    rows: Places = places(ends, graph)
    for link in range(len(ends.edge)):
        edge, at = int(ends.edge[link]), int(ends.position_um[link])
        length = int(graph.edges.length[edge])
        for end, way, begin in (
            (int(graph.edges.u[edge]), int(graph.forward_cost[edge]), 0),
            (int(graph.edges.v[edge]), int(graph.backward_cost[edge]), length),
        ):
            if end == node and (way >= 0 or at == begin):
                part = int(kernels.part_cost(way, abs(at - begin), length))
                if part + int(rows.leg[link]) == cost[node]:
                    return [*parts, (edge, begin, at)], int(ends.leg_um[link])
    raise AssertionError("a search begins at the end of a station's edge")


def part_coordinates(
    network: Network, edge: npt.ArrayLike, from_um: npt.ArrayLike, to_um: npt.ArrayLike
) -> tuple[Coordinates, Int64s]:
    """Polylines of parts of edges in metres of the network's CRS: coordinates (k, 2) and row starts (parts + 1).

    Arrays of one length, from <= to. Offsets fall on the polyline by linear interpolation; a part of length
    0 is two equal points.
    """
    edges, low, high = (np.asarray(a, np.int64) for a in (edge, from_um, to_um))
    apart = int(network.length_um.max(initial=0)) + 1
    counts = np.diff(network.vertex_start)
    place = network.vertex_at_um + np.repeat(np.arange(network.edges, dtype=np.int64), counts) * apart
    first = np.searchsorted(place, edges * apart + low, side="right")
    last = np.searchsorted(place, edges * apart + high, side="left")
    inner = np.maximum(last - first, 0)
    begin = np.concatenate([[0], np.cumsum(inner + 2)])
    xy = np.empty((int(begin[-1]), 2))
    xy[begin[:-1]] = _at(network, edges, low, first)
    xy[begin[1:] - 1] = _at(network, edges, high, np.maximum(last, first))
    number = np.arange(int(inner.sum())) - np.repeat(np.cumsum(inner) - inner, inner)
    xy[np.repeat(begin[:-1] + 1, inner) + number] = network.vertex_xy_mm[np.repeat(first, inner) + number]
    return xy / 1000, begin


def part_lines(
    network: Network, edge: npt.ArrayLike, from_um: npt.ArrayLike, to_um: npt.ArrayLike
) -> npt.NDArray[np.object_]:
    """`part_coordinates` as LineStrings."""
    xy, begin = part_coordinates(network, edge, from_um, to_um)
    return np.asarray(shapely.linestrings(xy, indices=np.repeat(np.arange(len(begin) - 1), np.diff(begin))))


def _at(network: Network, edge: Int64s, offset_um: Int64s, following: Int64s) -> Coordinates:
    """Coordinates (mm) at offsets, between the vertex before `following` and it."""
    after = np.clip(following, network.vertex_start[edge] + 1, network.vertex_start[edge + 1] - 1)
    at = network.vertex_at_um
    span = np.maximum(at[after] - at[after - 1], 1)
    share = np.clip((offset_um - at[after - 1]) / span, 0.0, 1.0)[:, None]
    xy = network.vertex_xy_mm
    placed: Coordinates = xy[after - 1] * (1 - share) + xy[after] * share
    return placed


def walk_line(network: Network, walk: Walk) -> Coordinates:
    """Coordinates (k, 2) in metres of the streets walked, in walking order; legs are not drawn here."""
    edge, begin, end = walk.parts.T
    lines = part_lines(network, edge, np.minimum(begin, end), np.maximum(begin, end))
    drawn = [
        shapely.get_coordinates(line)[:: 1 if b <= e else -1]
        for line, b, e in zip(lines, begin, end, strict=True)
    ]
    if not drawn:
        return np.empty((0, 2))
    joined = np.concatenate(drawn)
    keep = np.concatenate([[True], np.any(joined[1:] != joined[:-1], axis=1)])
    path_xy: Coordinates = joined[keep]
    return path_xy
