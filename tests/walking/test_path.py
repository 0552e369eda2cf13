"""The walked path costs what the search says, leads from the building to the station, and draws itself."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.walking import kernels
from gis.walking.cost import graph, leg_cost
from gis.walking.model import METRES, Links, Profile
from gis.walking.path import only_points, only_stations, part_lines, path, walk_line
from gis.walking.search import nearest

from .random_networks import make_network, random_direct, random_links, random_network

SLOW = Profile("slow", "慢", "slow", 790, slope_permille=((0.0, 1000), (100.0, 1500)), steps_permille=1700)
LIMIT = 3_000_000_000


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([METRES, SLOW]))
def test_the_path_sums_to_the_cost_of_the_search(seed: int, profile: Profile) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    walk = graph(network, profile)
    buildings, stations = random_links(rng, network, 12), random_links(rng, network, 4)
    direct = random_direct(rng, 12, 4, 2)
    answer = nearest(walk, buildings, stations, direct, LIMIT)
    for b in range(12):
        for station, cost in (
            (answer.station[b], answer.cost[b]),
            (answer.second_station[b], answer.second_cost[b]),
        ):
            if station < 0:
                continue
            found = path(walk, buildings, stations, direct, b, int(station), LIMIT)
            assert found is not None
            assert found.cost == cost
            total = int(leg_cost([found.home_leg_um, found.station_leg_um], profile).sum())
            at = None
            for edge, begin, end in found.parts.tolist():
                way = (walk.forward_cost if end > begin else walk.backward_cost)[edge]
                assert way >= 0
                total += int(kernels.part_cost(int(way), abs(end - begin), int(network.length_um[edge])))
                ends = {0: network.edge_u[edge], int(network.length_um[edge]): network.edge_v[edge]}
                assert at is None or ends.get(begin) == at
                at = ends.get(end)
            assert total == cost
            if profile is METRES:
                assert found.length_um == cost
            if cost > 0:
                assert path(walk, buildings, stations, direct, b, int(station), int(cost) - 1) is None


def test_parts_are_cut_from_the_polyline() -> None:
    network = make_network([(0, 1), (1, 2)], [7_000_000, 5_000_000], nodes=3)
    bent = np.array([[0, 0], [3000, 0], [3000, 4000], [3000, 4000], [3000, 9000]], np.int64)
    object.__setattr__(network, "vertex_start", np.array([0, 3, 5], np.int64))
    object.__setattr__(network, "vertex_xy_mm", bent)
    object.__setattr__(network, "vertex_at_um", np.array([0, 3_000_000, 7_000_000, 0, 5_000_000], np.int64))
    lines = part_lines(
        network,
        [0, 0, 0, 1, 0, 0],
        [0, 1_000_000, 3_000_000, 0, 3_500_000, 2_000_000],
        [7_000_000, 5_000_000, 7_000_000, 5_000_000, 3_500_000, 3_000_000],
    )
    want = [
        "LINESTRING (0 0, 3 0, 3 4)",
        "LINESTRING (1 0, 3 0, 3 2)",
        "LINESTRING (3 0, 3 4)",
        "LINESTRING (3 4, 3 9)",
        "LINESTRING (3 0.5, 3 0.5)",
        "LINESTRING (2 0, 3 0)",
    ]
    assert shapely.to_wkt(lines, trim=True).tolist() == want


def test_a_walk_is_drawn_in_walking_order() -> None:
    network = make_network([(0, 1), (2, 1)], [1_000_000, 1_000_000], nodes=3)
    walk = graph(network, METRES)
    one = np.zeros(1, np.int32)
    fresh = {"gate": one - 1, "quality": np.ones(1, np.uint8), "reason": np.zeros(1, np.uint8)}
    home = Links(one, one, np.array([250_000]), np.array([5]), **fresh)
    goal = Links(one, one + 1, np.array([500_000]), np.array([7]), **fresh)
    found = path(walk, home, goal, random_direct(np.random.default_rng(0), 1, 1, 0), 0, 0, LIMIT)
    assert found is not None
    assert found.parts.tolist() == [[0, 250_000, 1_000_000], [1, 1_000_000, 500_000]]
    assert walk_line(network, found).tolist() == [[0.25, 0.0], [1.0, 0.0], [1.5, 0.0]]


def test_choosing_stations_keeps_their_links_and_pairs() -> None:
    rng = np.random.default_rng(1)
    network = random_network(rng)
    stations, direct = random_links(rng, network, 6), random_direct(rng, 9, 6, 20)
    chosen = [1, 4, 5]
    some, pairs = only_points(stations, chosen), only_stations(direct, chosen, 6)
    assert some.points == 3
    for new, old in enumerate(chosen):
        assert (
            some.position_um[some.point == new].tolist()
            == stations.position_um[stations.point == old].tolist()
        )
        assert sorted(pairs.point[pairs.station == new]) == sorted(direct.point[direct.station == old])
