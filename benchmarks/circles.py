"""Row `circles`: every station's own catchment within 1,000 m; node origins, which is all that the peers know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.database import SCHEMA, bench_engine
from benchmarks.harness import Missing, Row, Work, compare, timed
from gis.base.crs import metric_crs
from gis.walking.cost import graph
from gis.walking.model import METRES, Network
from gis.walking.search import Catchments, catchments, node_seeds

NODES = {"town": 900, "district": 6_400, "city": 150_000}
ORIGINS = {"town": 50, "district": 420, "city": 5_000}
LIMIT_M = 1_000
BLOCK_M = 250.0
# Peers add floats, ours adds integers; pandana cuts every edge down to whole millimetres as well. Pairs this
# near to the limit may fall either way.
TOLERANCE_M = {"pandana": 0.05}
EXACT_M = 1e-6
_SCIPY_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Pairs:
    """An answer: (origin, node, metres) in any order."""

    origin: npt.NDArray[np.int64]
    node: npt.NDArray[np.int64]
    metres: npt.NDArray[np.float64]


def run(size: str) -> Row:
    """Ours, pandana, pgRouting and scipy on one synthetic street network."""
    network = streets(NODES[size])
    rng = np.random.default_rng(5)
    origins = np.sort(rng.choice(network.nodes, ORIGINS[size], replace=False))
    catchments(graph(streets(100), METRES), node_seeds([0]), 10**9)  # compiled before the clock starts
    built_s, walk = timed(lambda: graph(network, METRES))
    seeds, limit = node_seeds(origins), LIMIT_M * 1_000_000
    setup_s = {"ours": built_s}
    peers: dict[str, Work | Missing] = {}
    with bench_engine() as database:
        for name, prepare in (("pandana", _pandana), ("pgrouting", _pgrouting), ("scipy", _scipy)):
            try:
                setup_s[name], peers[name] = timed(lambda make=prepare: make(network, origins, database))  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001 - whatever keeps a peer from running is said beside the table
                peers[name] = Missing(f"{type(error).__name__}: {str(error).splitlines()[0]}")
        return compare(
            "circles",
            size,
            lambda: catchments(walk, seeds, limit),
            peers,
            agree=lambda answers: same(answers, origins),
            setup_s=setup_s,
            notes=[
                f"{network.nodes:,} nodes, {network.edges:,} edges, {len(origins):,} origins at nodes, {LIMIT_M} m",
                "distances agree within 1 µm, pandana's within 5 cm (it keeps whole millimetres of every edge)",
                "no pair is missing or extra but within that of the limit",
            ],
        )


def streets(count: int, *, seed: int = 3, block_m: float = BLOCK_M) -> Network:
    """A synthetic city: jittered blocks, some streets missing, each in three parts as mapped streets are.

    About `count` nodes, most of them between crossings (degree 2) like the bends and side doors of real streets.
    """
    rng = np.random.default_rng(seed)
    side = max(3, int(np.sqrt(count / 4.5)))
    at = np.arange(side * side).reshape(side, side)
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * block_m
    xy += rng.uniform(-0.3, 0.3, xy.shape) * block_m
    ends = np.concatenate(
        [np.stack([at[:, :-1], at[:, 1:]], -1).reshape(-1, 2), np.stack([at[:-1], at[1:]], -1).reshape(-1, 2)]
    )
    ends = ends[rng.random(len(ends)) > 0.12]
    bends = [xy[ends[:, 0]] * (1 - t) + xy[ends[:, 1]] * t for t in (1 / 3, 2 / 3)]
    bends = [b + rng.uniform(-4, 4, b.shape) for b in bends]
    first = len(xy) + np.arange(len(ends))
    second = first + len(ends)
    xy_mm = np.rint(np.concatenate([xy, *bends]) * 1000).astype(np.int64)
    u = np.concatenate([ends[:, 0], first, second])
    v = np.concatenate([first, second, ends[:, 1]])
    return _network(xy_mm, u, v)


def _network(xy_mm: npt.NDArray[np.int64], u: npt.NDArray[np.int64], v: npt.NDArray[np.int64]) -> Network:
    """Two-way level streets, nodes and edges sorted by coordinates as the product sorts them."""
    order = np.lexsort((xy_mm[:, 1], xy_mm[:, 0]))
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    xy_mm = xy_mm[order]
    ends = np.sort(np.stack([number[u], number[v]], axis=1), axis=1)
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    length = np.rint(np.hypot(*(xy_mm[ends[:, 0]] - xy_mm[ends[:, 1]]).T) * 1000).astype(np.int64)
    m = len(ends)
    return Network(
        crs=metric_crs(126.6),
        node_xy_mm=xy_mm,
        edge_u=ends[:, 0].astype(np.int32),
        edge_v=ends[:, 1].astype(np.int32),
        length_um=length,
        forward=np.ones(m, np.bool_),
        backward=np.ones(m, np.bool_),
        vertex_start=2 * np.arange(m + 1, dtype=np.int64),
        vertex_xy_mm=xy_mm[ends.ravel()],
        vertex_at_um=np.stack([np.zeros(m, np.int64), length], axis=1).ravel(),
        slope_pct=np.zeros(m),
        steps=np.zeros(m, np.bool_),
        kind=np.zeros(m, np.uint8),
        bridge=np.zeros(m, np.bool_),
        code=np.full(m, "", dtype=object),
    )


def pairs_of(answer: Any, origins: npt.NDArray[np.int64]) -> Pairs:
    """Any contestant's answer as pairs."""
    if isinstance(answer, Catchments):
        counts = np.diff(answer.start)
        return Pairs(np.repeat(origins, counts), answer.node.astype(np.int64), answer.cost / 1e6)
    pairs: Pairs = answer
    return pairs


def same(answers: dict[str, Any], origins: npt.NDArray[np.int64]) -> bool:
    """Every peer has our pairs with our distances, but for pairs within the tolerance of the limit."""
    ours = _series(pairs_of(answers["ours"], origins))
    for name in answers.keys() - {"ours"}:
        both = pd.concat([ours, _series(pairs_of(answers[name], origins))], axis=1, keys=["ours", name])
        alone = both[both.isna().any(axis=1)].max(axis=1)
        apart = (both["ours"] - both[name]).abs()
        tolerance = TOLERANCE_M.get(name, EXACT_M)
        if (alone < LIMIT_M - tolerance).any() or (apart > tolerance).any():
            return False
    return True


def _series(pairs: Pairs) -> pd.Series[float]:
    key = pairs.origin * 2**32 + pairs.node
    return pd.Series(pairs.metres, index=key)


def _pandana(network: Network, origins: npt.NDArray[np.int64], _: Any) -> Work:
    import pandana

    xy = network.node_xy_mm / 1000
    net = pandana.Network(
        pd.Series(xy[:, 0]),
        pd.Series(xy[:, 1]),
        pd.Series(network.edge_u),
        pd.Series(network.edge_v),
        pd.DataFrame({"metres": network.length_um / 1e6}),
        twoway=True,
    )

    def search() -> Pairs:
        found = net.nodes_in_range(origins, float(LIMIT_M))
        return Pairs(
            found["source"].to_numpy(np.int64),
            found["destination"].to_numpy(np.int64),
            found.iloc[:, -1].to_numpy(),
        )

    return search


def _scipy(network: Network, origins: npt.NDArray[np.int64], _: Any) -> Work:
    n = network.nodes
    u, v = network.edge_u.astype(np.int64), network.edge_v.astype(np.int64)
    rows = pd.DataFrame({"u": np.r_[u, v], "v": np.r_[v, u], "m": np.tile(network.length_um, 2) / 1e6})
    shortest = rows.groupby(["u", "v"], as_index=False)["m"].min()  # scipy would add parallel streets up
    matrix = csr_array((shortest["m"], (shortest["u"], shortest["v"])), shape=(n, n))

    def search() -> Pairs:
        found = []
        for begin in range(0, len(origins), _SCIPY_CHUNK):  # all at once is origins × nodes doubles: 6 GB
            chunk = origins[begin : begin + _SCIPY_CHUNK]
            dense = dijkstra(matrix, indices=chunk, limit=LIMIT_M)
            row, node = np.nonzero(np.isfinite(dense))
            found.append(Pairs(chunk[row], node, dense[row, node]))
        return Pairs(*(np.concatenate([getattr(p, f) for p in found]) for f in Pairs.__slots__))

    return search


def _pgrouting(network: Network, origins: npt.NDArray[np.int64], engine: Any) -> Work:
    from sqlalchemy import text

    edges = pd.DataFrame(
        {
            "id": np.arange(network.edges) + 1,
            "source": network.edge_u + 1,
            "target": network.edge_v + 1,
            "cost": network.length_um / 1e6,
        }
    )
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pgrouting CASCADE"))
        table = f"{SCHEMA}.edge"
        connection.execute(
            text(f"CREATE TABLE {table} (id bigint PRIMARY KEY, source bigint, target bigint, cost float8)")
        )
        with connection.connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
            copy.write(edges.to_csv(index=False, header=False).encode())
        connection.execute(text(f"ANALYZE {table}"))
    statement = text(
        f"SELECT * FROM pgr_drivingDistance('SELECT id, source, target, cost FROM {table}',"
        " CAST(:origins AS bigint[]), :limit, directed => false)"
    )

    def search() -> Pairs:
        with engine.connect() as connection:
            asked = {"origins": (origins + 1).tolist(), "limit": float(LIMIT_M)}
            result = connection.execute(statement, asked)
            found = pd.DataFrame(result.all(), columns=list(result.keys()))
        origin = found["from_v" if "from_v" in found else "start_vid"]  # the name changed with pgRouting 3.6
        return Pairs(
            origin.to_numpy(np.int64) - 1, found["node"].to_numpy(np.int64) - 1, found["agg_cost"].to_numpy()
        )

    return search
