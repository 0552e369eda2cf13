"""The search equals the slow way on every random network, ties and bounds included."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from gis.base.errors import Invalid
from gis.walking import kernels
from gis.walking.cost import edge_costs, graph, leg_cost, limit_cost
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import METRES, Direct, Profile
from gis.walking.search import catchments, nearest, node_seeds, reached_parts, station_seeds

from .random_networks import make_network, random_direct, random_links, random_network, split_graph

HILLS = Profile(
    "hills", "坡", "hills", 830, slope_permille=((0.0, 1000), (5.0, 1210), (100.0, 1870)), steps_permille=1700
)
seeds_of = st.integers(0, 2**32 - 1)


def brute_force(
    walk: nx.MultiDiGraph, buildings: int, stations: int, limit: int
) -> list[list[tuple[int, int]]]:
    """The two best (cost, station) of each building, padded with nothing."""
    answers = []
    for b in range(buildings):
        if ("b", b) not in walk:
            answers.append([])
            continue
        cost = nx.single_source_dijkstra_path_length(walk, ("b", b), weight="weight")
        reached = sorted((cost[("s", s)], s) for s in range(stations) if ("s", s) in cost)
        answers.append([pair for pair in reached if pair[0] <= limit][:2])
    return answers


@settings(max_examples=60, deadline=None)
@given(
    seeds_of, st.sampled_from([METRES, HILLS]), st.sampled_from([0, 90_000_000, 300_000_000, 3_000_000_000])
)
def test_nearest_equals_the_physically_split_graph(seed: int, profile: Profile, limit: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    walk = graph(network, profile)
    buildings, stations = random_links(rng, network, 25), random_links(rng, network, 6)
    direct = random_direct(rng, 25, 6, 3)
    got = nearest(walk, buildings, stations, direct, limit)
    want = brute_force(split_graph(walk, buildings, stations, direct), 25, 6, limit)
    for b, best in enumerate(want):
        padded = [*best, (UNREACHABLE, -1), (UNREACHABLE, -1)][:2]
        assert (got.cost[b], got.station[b]) == padded[0]
        assert (got.second_cost[b], got.second_station[b]) == padded[1]
    assert np.array_equal(got.covered(limit), got.reached)


def test_threads_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    network = random_network(rng, nodes=40, edges=90)
    walk = graph(network, METRES)
    buildings, stations = random_links(rng, network, 300), random_links(rng, network, 50)
    whole = nearest(walk, buildings, stations, Direct.none(), 10**9, threads=1)
    parts = reached_parts(walk, stations, 10**8, threads=1)
    monkeypatch.setattr("gis.walking.search._POINTS_A_CHUNK", 7)
    monkeypatch.setattr("gis.walking.search._ORIGINS_A_CHUNK", 3)
    for field in ("cost", "station", "second_cost", "second_station"):
        assert np.array_equal(
            getattr(nearest(walk, buildings, stations, Direct.none(), 10**9, threads=4), field),
            getattr(whole, field),
        )
    again = reached_parts(walk, stations, 10**8, threads=4)
    for field in ("origin", "edge", "from_um", "to_um"):
        assert np.array_equal(getattr(again, field), getattr(parts, field))


@settings(max_examples=40, deadline=None)
@given(seeds_of)
def test_catchments_equal_scipy_and_their_minimum_is_the_nearest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=30, edges=60)
    walk = graph(network, METRES)
    limit = 120_000_000
    got = catchments(walk, node_seeds(np.arange(30)), limit)
    dense = np.full((30, 30), np.inf)
    a = walk.arcs
    np.minimum.at(dense, (np.repeat(np.arange(30), np.diff(a.start)), a.target), a.cost)
    want = dijkstra(np.ma.masked_invalid(dense).filled(0), limit=limit)
    for origin in range(30):
        nodes, costs = got.of(origin)
        assert np.all(np.diff(costs) >= 0)
        assert set(nodes) == set(np.flatnonzero(np.isfinite(want[origin])))
        assert np.array_equal(want[origin][nodes].astype(np.int64), costs)


@settings(max_examples=40, deadline=None)
@given(seeds_of, st.sampled_from([METRES, HILLS]))
def test_reached_parts_are_exactly_where_a_walker_is_within_the_limit(seed: int, profile: Profile) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, nodes=8, edges=12)
    walk = graph(network, profile)
    stations = random_links(rng, network, 4)
    limit = int(rng.choice([0, 20_000_000, 60_000_000, 200_000_000]))
    parts = reached_parts(walk, stations, limit)
    assert np.all(parts.from_um <= parts.to_um)
    # witnesses: every border of a part, one micrometre beside it, and fixed fractions of every edge
    edge = np.concatenate([np.tile(parts.edge, 4), np.repeat(np.arange(12), 5)])
    near = np.concatenate([parts.from_um, parts.to_um, parts.from_um - 1, parts.to_um + 1])
    spots = (network.length_um[:, None] * np.array([0, 0.2, 0.5, 0.8, 1.0])).astype(np.int64).ravel()
    at = np.clip(np.concatenate([near, spots]), 0, network.length_um[edge])
    points = replace(
        random_links(rng, network, len(edge), most=0),
        point=np.arange(len(edge), dtype=np.int32), edge=edge.astype(np.int32), position_um=at,
        leg_um=np.zeros(len(edge), np.int64), gate=np.full(len(edge), -1, np.int32),
    )  # fmt: skip
    for s in range(4):
        one = replace(
            stations,
            **{
                f: getattr(stations, f)[stations.point == s]
                for f in ("point", "edge", "position_um", "leg_um", "gate")
            },
        )
        covered = nearest(walk, points, one, Direct.none(), limit).reached
        mine = parts.origin == s
        inside = (
            (parts.edge[mine] == edge[:, None])
            & (parts.from_um[mine] <= at[:, None])
            & (at[:, None] <= parts.to_um[mine])
        ).any(axis=1)
        # an end of an edge is its node, reached or not whatever the edge permits: no part of the edge
        ends = (at == 0) | (at == network.length_um[edge])
        assert np.array_equal(inside[~ends], covered[~ends])
        assert (covered | ~inside).all()


def test_the_part_of_an_edge_is_exact_where_64_bits_overflow() -> None:
    rng = np.random.default_rng(5)
    for _ in range(2000):
        length = int(rng.integers(1, 2**43))
        cost, part = int(rng.integers(0, 2**43)), int(rng.integers(0, length + 1))
        assert kernels.part_cost(cost, part, length) == cost * part // length
        remaining = int(rng.integers(0, cost + 1))
        within = kernels.part_within(cost, remaining, length)
        assert cost * within // length <= remaining
        assert within == length or cost * (within + 1) // length > remaining


def test_edge_cost_floors_and_knows_direction_slope_steps_and_closed_kinds() -> None:
    network = make_network(
        [(0, 1), (0, 1), (0, 1), (0, 1)],
        [1_000_001, 1_000_001, 1_000_001, 1_000_001],
        nodes=2,
        forward=np.array([True, True, False, True]),
        slope_pct=np.array([0.0, 4.0, 0.0, 0.0]),
        steps=np.array([False, False, False, True]),
        kind=np.array([0, 0, 0, 8], np.uint8),
    )
    forward, backward = edge_costs(network, HILLS)
    assert forward.tolist() == [1_000_001_000 // 830, 1_000_001 * 1210 // 830, -1, 1_000_001 * 1700 // 830]
    assert backward.tolist() == [1_000_001_000 // 830] * 3 + [1_000_001 * 1700 // 830]
    assert [w.tolist() for w in edge_costs(network, METRES)] == [
        [1_000_001, 1_000_001, -1, -1],
        [1_000_001] * 3 + [-1],
    ]
    assert leg_cost([999], HILLS).tolist() == [999_000 // 830]


def test_a_station_on_the_same_edge_is_reached_directly_and_only_the_permitted_way() -> None:
    network = make_network([(0, 1)], [100_000_000], nodes=2, backward=np.array([False]))
    walk = graph(network, METRES)
    rng = np.random.default_rng(0)
    point = replace(
        random_links(rng, network, 2, most=0),
        point=np.array([0, 1], np.int32), edge=np.zeros(2, np.int32), position_um=np.array([20_000_000, 80_000_000]),
        leg_um=np.zeros(2, np.int64), gate=np.full(2, -1, np.int32),
    )  # fmt: skip
    station = replace(
        random_links(rng, network, 1, most=0),
        point=np.zeros(1, np.int32), edge=np.zeros(1, np.int32), position_um=np.array([50_000_000]),
        leg_um=np.array([7]), gate=np.full(1, -1, np.int32),
    )  # fmt: skip
    got = nearest(walk, point, station, Direct.none(), 10**9)
    assert got.cost.tolist() == [30_000_007, UNREACHABLE]
    assert got.station.tolist() == [0, -1]


def test_limits_are_checked_and_carry_their_unit() -> None:
    walk = graph(make_network([(0, 1)], [5], nodes=2), METRES)
    for bad in (-1, 2**62):
        with pytest.raises(Invalid, match="limit_out_of_range"):
            catchments(walk, node_seeds([0]), bad)
    assert limit_cost(METRES, metres=300) == 300_000_000
    assert limit_cost(HILLS, minutes=15) == 900_000_000
    with pytest.raises(Invalid, match="limit_unit"):
        limit_cost(METRES, minutes=15)


def test_seeds_of_a_station_are_the_ends_of_its_edges() -> None:
    network = make_network([(0, 1)], [100], nodes=2)
    links = replace(
        random_links(np.random.default_rng(0), network, 1, most=0),
        point=np.zeros(1, np.int32), edge=np.zeros(1, np.int32), position_um=np.array([30]),
        leg_um=np.array([4]), gate=np.full(1, -1, np.int32),
    )  # fmt: skip
    seeds = station_seeds(graph(network, METRES), links)
    assert seeds.node.tolist() == [0, 1]
    assert seeds.cost.tolist() == [34, 74]
