"""Small random networks and links as plain integers, and the slow, obviously right way to measure on them."""

from __future__ import annotations

import networkx as nx
import numpy as np

from gis.base.crs import metric_crs
from gis.walking.cost import Graph
from gis.walking.model import Direct, Links, Network


def make_network(
    ends: list[tuple[int, int]], length_um: list[int], *, nodes: int, **columns: object
) -> Network:
    """A network from ends and lengths alone; edges are straight, nodes on a line."""
    m = len(ends)
    u, v = (np.array([e[i] for e in ends], np.int32).reshape(m) for i in (0, 1))
    xy = np.stack([np.arange(nodes) * 1000, np.zeros(nodes)], axis=1).astype(np.int64)
    length = np.array(length_um, np.int64)
    at = np.stack([np.zeros(m, np.int64), length], axis=1).ravel()
    values = {
        "forward": np.ones(m, bool),
        "backward": np.ones(m, bool),
        "slope_pct": np.zeros(m),
        "steps": np.zeros(m, bool),
        "kind": np.zeros(m, np.uint8),
        "bridge": np.zeros(m, bool),
        "code": np.array([f"s{i}" for i in range(m)], object),
    } | columns
    return Network(
        crs=metric_crs(126.6),
        node_xy_mm=xy,
        edge_u=u,
        edge_v=v,
        length_um=length,
        vertex_start=np.arange(m + 1, dtype=np.int64) * 2,
        vertex_xy_mm=xy[np.stack([u, v], axis=1).ravel()],
        vertex_at_um=at,
        **values,  # type: ignore[arg-type]
    )


def random_network(rng: np.random.Generator, *, nodes: int = 12, edges: int = 20) -> Network:
    """Parallel edges, self-loops, one-way edges, slopes, steps; few distinct lengths, so that ties abound."""
    ends = [tuple(int(x) for x in rng.integers(0, nodes, 2)) for _ in range(edges)]
    length = (rng.integers(1, 8, edges) * rng.choice([1, 25_000_000, 33_333_333], edges)).tolist()
    way = rng.choice(3, edges, p=[0.7, 0.15, 0.15])
    return make_network(
        ends,  # type: ignore[arg-type]
        length,
        nodes=nodes,
        forward=way != 1,
        backward=way != 2,
        slope_pct=rng.choice([0.0, 4.0, -7.0], edges),
        steps=rng.random(edges) < 0.1,
    )


def random_links(rng: np.random.Generator, network: Network, points: int, *, most: int = 3) -> Links:
    """Up to `most` links a point; some points have none, some sit on the ends of edges."""
    count = rng.integers(0, most + 1, points)
    point = np.repeat(np.arange(points), count).astype(np.int32)
    edge = rng.integers(0, network.edges, len(point)).astype(np.int32)
    length = network.length_um[edge]
    position = np.minimum(
        length, (length * rng.choice([0.0, 0.25, 0.5, 0.77, 1.0], len(point))).astype(np.int64)
    )
    leg = rng.choice([0, 5_000_000, 12_345_678], len(point)).astype(np.int64)
    quality = np.full(points, 1, np.uint8)
    return Links(
        point, edge, position, leg, np.full(len(point), -1, np.int32), quality, np.zeros(points, np.uint8)
    )


def random_direct(rng: np.random.Generator, points: int, stations: int, pairs: int) -> Direct:
    """A few pairs without a street."""
    return Direct(
        rng.integers(0, points, pairs).astype(np.int32),
        rng.integers(0, stations, pairs).astype(np.int32),
        rng.choice([0, 40_000_000], pairs).astype(np.int64),
    )


def split_graph(graph: Graph, buildings: Links, stations: Links, direct: Direct) -> nx.MultiDiGraph:
    """Walker's graph (home to station) in which every link is a node of its own; Python integers only."""
    speed = graph.profile.speed_mm_s
    edges = graph.edges
    walk: nx.MultiDiGraph = nx.MultiDiGraph()
    walk.add_nodes_from(range(graph.nodes))
    stops: dict[int, list[tuple[int, tuple[str, int], int]]] = {}
    for tag, links in (("b", buildings), ("s", stations)):
        for p, e, x, leg in zip(links.point, links.edge, links.position_um, links.leg_um, strict=True):
            stops.setdefault(int(e), []).append((int(x), (tag, int(p)), int(leg) * 1000 // speed))
    for e in range(len(edges.length)):
        u, v, length = int(edges.u[e]), int(edges.v[e]), int(edges.length[e])
        here = stops.get(e, [])
        add_way(walk, (u, v), int(edges.forward[e]), length, here)
        add_way(
            walk, (v, u), int(edges.backward[e]), length, [(length - x, who, leg) for x, who, leg in here]
        )
    for p, q, leg in zip(direct.point, direct.station, direct.leg_um, strict=True):
        walk.add_edge(("b", int(p)), ("s", int(q)), weight=int(leg) * 1000 // speed)
    return walk


def add_way(
    walk: nx.MultiDiGraph,
    ends: tuple[int, int],
    cost: int,
    length: int,
    stops: list[tuple[int, tuple[str, int], int]],
) -> None:
    """One direction of an edge, with everything linked to it; offsets count from where the walk begins."""
    if cost < 0:
        for x, who, leg in stops:  # at a node nobody needs the edge
            if x == 0 and who[0] == "s":
                walk.add_edge(ends[0], who, weight=leg)
            if x == length and who[0] == "b":
                walk.add_edge(who, ends[1], weight=leg)
        return
    walk.add_edge(*ends, weight=cost)
    for x, who, leg in stops:
        if who[0] == "s":
            walk.add_edge(ends[0], who, weight=cost * x // length + leg)
            continue
        walk.add_edge(who, ends[1], weight=leg + cost * (length - x) // length)
        for y, other, last in stops:
            if other[0] == "s" and y >= x:
                walk.add_edge(who, other, weight=leg + cost * (y - x) // length + last)
