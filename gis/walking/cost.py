"""What walking costs: edges and legs of one profile as integers, and the graph the search runs on.

The cost of an edge is `floor(length_um · factor_permille / speed_mm_s)`, microseconds, or micrometres for
`METRES`. Part of an edge costs `floor(cost · part / length)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.base.errors import Invalid
from gis.walking.kernels import FORBIDDEN, Arcs, Edges
from gis.walking.model import Floats, Int64s, Network, Profile

LONGEST_UM = 10**13
"""No edge is longer than 10,000 km; products of costs and lengths stay exact below it."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A network in one profile: the reversed directed graph by rows, and the cost of every edge each way.

    `start` (n+1), `target`, `cost`, `edge`, `forward` (arcs): from a node to where a walker may come from;
    `forward` says that the walker walks the edge from u to v. `forward_cost`, `backward_cost` (m): -1 where
    nobody may walk.
    """

    profile: Profile
    arcs: Arcs
    edges: Edges

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.arcs.start) - 1

    @property
    def forward_cost(self) -> Int64s:
        """Cost of walking each edge from u to v, -1 where that is not permitted."""
        return self.edges.forward

    @property
    def backward_cost(self) -> Int64s:
        """Cost of walking each edge from v to u, -1 where that is not permitted."""
        return self.edges.backward

    @property
    def node_bits(self) -> int:
        """How many bits of a heap entry the node takes."""
        return max(1, int(self.nodes - 1).bit_length())

    def check_limit(self, limit: int) -> int:
        """`limit` as an int when the heap can hold it beside a node, else refused."""
        if not 0 <= limit < 2 ** (62 - self.node_bits):
            raise Invalid(
                "limit_out_of_range",
                "步行限值必须为非负且在可计算范围内",
                "the walking limit must not be negative nor beyond what can be computed",
                field="limit",
                limit=int(limit),
            )
        return int(limit)


def _slope_factor(rise_pct: Floats, profile: Profile) -> Int64s:
    """Permille by rise: the first row whose bound is not below the rise; the last row for anything steeper."""
    if not profile.slope_permille:
        return np.full(len(rise_pct), 1000, np.int64)
    bounds = np.array([bound for bound, _ in profile.slope_permille])
    factors = np.array([factor for _, factor in profile.slope_permille], np.int64)
    row = np.minimum(np.searchsorted(bounds, rise_pct, side="left"), len(bounds) - 1)
    return factors[row]


def edge_costs(network: Network, profile: Profile) -> tuple[Int64s, Int64s]:
    """Cost of every edge from u to v and from v to u, int64 (m), -1 where it may not be walked."""
    if len(network.length_um) and int(network.length_um.max()) > LONGEST_UM:
        raise Invalid(
            "street_too_long", "街道长度超出范围", "a street is longer than 10,000 km", field="streets"
        )
    closed = np.isin(network.kind, list(profile.closed_kinds))
    costs = []
    for rise, open_way in ((network.slope_pct, network.forward), (-network.slope_pct, network.backward)):
        factor = np.where(network.steps, profile.steps_permille, _slope_factor(rise, profile))
        cost = network.length_um * factor // profile.speed_mm_s
        costs.append(np.where(open_way & ~closed, cost, FORBIDDEN))
    return costs[0], costs[1]


def leg_cost(leg_um: npt.ArrayLike, profile: Profile) -> Int64s:
    """Cost of legs beside the streets: level ground at the profile's speed, floored; any shape."""
    return np.asarray(leg_um, np.int64) * 1000 // profile.speed_mm_s


def limit_cost(profile: Profile, *, minutes: float | None = None, metres: float | None = None) -> int:
    """The limit in the profile's own unit: minutes for a time profile, metres for `METRES`."""
    given = metres if profile.is_metres else minutes
    if given is None:
        raise Invalid(
            "limit_unit",
            "米制需给出米数，时间档需给出分钟数",
            "a limit in metres belongs to the cost in metres, minutes to a time profile",
            field="limit",
        )
    return round(given * 1_000_000 * (1 if profile.is_metres else 60))


def graph(network: Network, profile: Profile) -> Graph:
    """The reversed graph of `network` in `profile`: from each node the arcs to where a walker may come from.

    A search from the stations outward on it gives the cost of walking home → station.
    """
    forward, backward = edge_costs(network, profile)
    edge = np.concatenate([np.flatnonzero(forward >= 0), np.flatnonzero(backward >= 0)])
    heading = np.arange(len(edge)) < int((forward >= 0).sum())
    source = np.where(heading, network.edge_v[edge], network.edge_u[edge])
    target = np.where(heading, network.edge_u[edge], network.edge_v[edge])
    cost = np.where(heading, forward[edge], backward[edge])
    order = np.lexsort((heading, edge, source))
    start = np.zeros(network.nodes + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=network.nodes), out=start[1:])
    arcs = Arcs(
        start, target[order].astype(np.int32), cost[order], edge[order].astype(np.int32), heading[order]
    )
    edges = Edges(network.edge_u, network.edge_v, network.length_um, forward, backward)
    return Graph(profile, arcs, edges)
