"""Row `cutoffs`: which of all buildings are within 300, 500 and 1,000 m of their nearest station, from one search."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.circles import streets
from benchmarks.harness import Row, compare, timed
from benchmarks.link import BLOCK_M, BUILDINGS, NODES, places_linked
from gis.walking.cost import Graph, graph
from gis.walking.model import METRES, REACH_UM, Direct, Links
from gis.walking.search import nearest

STATIONS = {"town": 20, "district": 420, "city": 5_000}
CUTOFFS_M = (300, 500, 1000)
_NEAR_M = 0.01
"""Buildings this near to a limit may fall either way: the peer adds floats."""

Bools = npt.NDArray[np.bool_]


def run(size: str) -> Row:
    """Ours with nearest and second nearest station of every building, against scipy with the distance alone.

    Both are given the same links, up to four a building; scipy searches from one node joined to all stations.
    """
    network = streets(NODES[size], block_m=BLOCK_M)
    setup_s = {}
    setup_s["ours"], homes = timed(lambda: places_linked(network, BUILDINGS[size], seed=9))
    goals = places_linked(network, STATIONS[size], seed=12)
    walk = graph(network, METRES)
    setup_s["scipy"], matrix = timed(lambda: _matrix(walk, goals))
    return compare(
        "cutoffs",
        size,
        lambda: _ours(walk, homes, goals),
        {"scipy": lambda: _scipy(walk, matrix, homes, goals)},
        agree=same,
        setup_s=setup_s,
        notes=[
            f"{homes.points:,} buildings, {len(homes.edge):,} links, {2 * network.edges:,} directed edges,"
            f" {goals.points:,} stations",
            "ours also gives the second nearest station, and distances up to 3,000 m",
            "the same buildings within each limit, but for those within 1 cm of it",
        ],
    )


def _ours(walk: Graph, homes: Links, goals: Links) -> tuple[npt.NDArray[np.float64], list[Bools]]:
    found = nearest(walk, homes, goals, Direct.none(), REACH_UM)
    return found.cost / 1e6, [found.covered(limit * 1_000_000) for limit in CUTOFFS_M]


def _matrix(walk: Graph, goals: Links) -> csr_array:
    """Metres between nodes, with one node more that is joined to both ends of every station's streets."""
    arcs, edges, count = walk.arcs, walk.edges, walk.nodes
    of = np.repeat(np.arange(count), np.diff(arcs.start))
    ends = np.concatenate([edges.u[goals.edge], edges.v[goals.edge]])
    metres = np.concatenate([goals.position_um, edges.length[goals.edge] - goals.position_um])
    metres = (metres + np.tile(goals.leg_um, 2)) / 1e6
    order = np.lexsort((metres, ends))
    first = np.unique(ends[order], return_index=True)[1]
    ends, metres = ends[order][first], np.maximum(metres[order][first], 1e-9)
    rows = np.concatenate([of, np.full(len(ends), count)])
    columns = np.concatenate([arcs.target, ends])
    return csr_array(
        (np.concatenate([arcs.cost / 1e6, metres]), (rows, columns)), shape=(count + 1, count + 1)
    )


def _scipy(
    walk: Graph, matrix: csr_array, homes: Links, goals: Links
) -> tuple[npt.NDArray[np.float64], list[Bools]]:
    node = dijkstra(matrix, indices=walk.nodes, limit=CUTOFFS_M[-1])[:-1]
    edges = walk.edges
    length, at = edges.length[homes.edge] / 1e6, homes.position_um / 1e6
    way = np.minimum(node[edges.u[homes.edge]] + at, node[edges.v[homes.edge]] + length - at)
    way = np.minimum(way, _same_street(homes, goals)) + homes.leg_um / 1e6
    best = np.full(homes.points, np.inf)
    np.minimum.at(best, homes.point, way)
    return best, [best <= limit for limit in CUTOFFS_M]


def _same_street(homes: Links, goals: Links) -> npt.NDArray[np.float64]:
    """The shortest way along the street itself, where a station stands at it too."""
    order = np.argsort(goals.edge, kind="stable")
    low = np.searchsorted(goals.edge[order], homes.edge, side="left")
    count = np.searchsorted(goals.edge[order], homes.edge, side="right") - low
    link = np.repeat(np.arange(len(homes.edge)), count)
    goal = order[np.repeat(low - np.cumsum(count) + count, count) + np.arange(count.sum())]
    apart = np.abs(homes.position_um[link] - goals.position_um[goal]) + goals.leg_um[goal]
    best = np.full(len(homes.edge), np.inf)
    np.minimum.at(best, link, apart / 1e6)
    return best


def same(answers: dict[str, Any]) -> bool:
    """Whether both call the same buildings covered, apart from those at the very limit."""
    distance, ours = answers["ours"]
    if "scipy" not in answers:
        return True
    _, theirs = answers["scipy"]
    return all(
        bool((mine == other)[np.abs(distance - limit) > _NEAR_M].all())
        for limit, mine, other in zip(CUTOFFS_M, ours, theirs, strict=True)
    )
