"""Pairs are what a search from every station by itself finds, and their minimum is the nearest station."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.walking.cost import graph
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import METRES, Direct, Profile
from gis.walking.pairs import Pairs, by_building, pairs
from gis.walking.search import nearest

from .random_networks import make_network, random_direct, random_links, random_network, split_graph
from .test_search import HILLS

BUILDINGS, STATIONS = 25, 6
LIMITS = [0, 90_000_000, 300_000_000, 3_000_000_000]


def two_best(found: Pairs, buildings: int) -> list[list[tuple[int, int]]]:
    rows = by_building(found, buildings)
    return [sorted(zip(rows.of(b)[1], rows.of(b)[0], strict=True))[:2] for b in range(buildings)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([METRES, HILLS]), st.sampled_from(LIMITS))
def test_pairs_equal_the_physically_split_graph_and_their_minimum_is_nearest(
    seed: int, profile: Profile, limit: int
) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    walk = graph(network, profile)
    homes, stations = random_links(rng, network, BUILDINGS), random_links(rng, network, STATIONS)
    direct = random_direct(rng, BUILDINGS, STATIONS, 3)
    found = pairs(walk, homes, stations, direct, limit)
    split = split_graph(walk, homes, stations, direct).reverse()
    for s in range(STATIONS):
        want = {}
        if ("s", s) in split:
            want = nx.single_source_dijkstra_path_length(split, ("s", s), cutoff=limit, weight="weight")
        homes_reached = sorted(
            (key[1], cost) for key, cost in want.items() if isinstance(key, tuple) and key[0] == "b"
        )
        assert list(zip(*found.of(s), strict=True)) == homes_reached
    near = nearest(walk, homes, stations, direct, limit)
    for b, best in enumerate(two_best(found, BUILDINGS)):
        padded = [*best, (UNREACHABLE, -1), (UNREACHABLE, -1)][:2]
        assert (near.cost[b], near.station[b]) == padded[0]
        assert (near.second_cost[b], near.second_station[b]) == padded[1]


def test_threads_and_chunks_change_nothing_and_a_ceiling_only_leaves_pairs_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    network = random_network(rng, nodes=60, edges=120)
    walk = graph(network, METRES)
    homes, stations = random_links(rng, network, 400), random_links(rng, network, 70)
    direct = random_direct(rng, 400, 70, 20)
    whole = pairs(walk, homes, stations, direct, 10**9, threads=1)
    monkeypatch.setattr("gis.walking.pairs._STATIONS_A_CHUNK", 7)
    again = pairs(walk, homes, stations, direct, 10**9, threads=4)
    for field in ("start", "building", "cost"):
        assert np.array_equal(getattr(whole, field), getattr(again, field))
    ceiling = rng.integers(0, 2 * 10**8, 400)
    fewer = pairs(walk, homes, stations, direct, 10**9, ceiling=ceiling)
    keep = whole.cost <= ceiling[whole.building]
    assert 0 < keep.sum() < len(keep)
    for field in ("station", "building", "cost"):
        assert np.array_equal(getattr(fewer, field), getattr(whole, field)[keep])


def test_no_stations_no_buildings_and_no_links_give_no_pairs() -> None:
    rng = np.random.default_rng(1)
    network = make_network([(0, 1)], [100], nodes=2)
    walk = graph(network, METRES)
    some, none = random_links(rng, network, 3, most=0), random_links(rng, network, 0)
    for homes, stations in ((some, some), (none, some), (some, none)):
        found = pairs(walk, homes, stations, Direct.none(), 10**6)
        assert len(found.start) == stations.points + 1
        assert not len(found.building)
        assert len(by_building(found, homes.points).start) == homes.points + 1


def test_too_many_pairs_are_refused_while_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.walking.pairs._STATIONS_A_CHUNK", 5)
    rng = np.random.default_rng(4)
    network = random_network(rng, nodes=60, edges=120)
    walk = graph(network, METRES)
    homes, stations = random_links(rng, network, 400), random_links(rng, network, 40)
    told: list[int] = []
    whole = pairs(walk, homes, stations, Direct.none(), 10**9, threads=1, check=told.append)
    assert told == [int(whole.start[at]) for at in range(5, 41, 5)]

    def refuse(count: int) -> None:
        if count > told[2]:
            raise MemoryError

    with pytest.raises(MemoryError):
        pairs(walk, homes, stations, Direct.none(), 10**9, check=refuse)
