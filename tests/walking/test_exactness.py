"""Building distances equal those of a graph that is physically split at every link, on the same integers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from gis.walking.cost import graph
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import METRES, Network
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.profiles import PROFILES
from gis.walking.reasons import search
from tests.walking.random_networks import split_graph
from tests.walking.towns import KINDS, frame, layers

LIMIT = 500_000_000
REACH = 3_000_000_000


def split(ready: Prepared) -> nx.MultiDiGraph:
    """The walker's graph in micrometres with a real node wherever anything is linked."""
    net, walk = ready.network, nx.MultiDiGraph()
    stops: dict[int, set[int]] = {edge: {0, int(net.length_um[edge])} for edge in range(net.edges)}
    for links in (ready.building_links, ready.station_links):
        for edge, at in zip(links.edge.tolist(), links.position_um.tolist(), strict=True):
            stops[edge].add(at)
    for edge, places in stops.items():
        along = sorted(places)
        name = {at: (edge, at) for at in along}
        walk.add_edge(("n", int(net.edge_u[edge])), name[0], weight=0)
        walk.add_edge(name[0], ("n", int(net.edge_u[edge])), weight=0)
        walk.add_edge(("n", int(net.edge_v[edge])), name[along[-1]], weight=0)
        walk.add_edge(name[along[-1]], ("n", int(net.edge_v[edge])), weight=0)
        for a, b in pairwise(along):
            if net.forward[edge]:
                walk.add_edge(name[a], name[b], weight=b - a)
            if net.backward[edge]:
                walk.add_edge(name[b], name[a], weight=b - a)
    for who, links in (("b", ready.building_links), ("s", ready.station_links)):
        for point, edge, at, leg in zip(
            links.point.tolist(),
            links.edge.tolist(),
            links.position_um.tolist(),
            links.leg_um.tolist(),
            strict=True,
        ):
            ends = ((who, point), (edge, at))
            walk.add_edge(*(ends if who == "b" else ends[::-1]), weight=leg)
    for point, station, leg in zip(
        *(getattr(ready.direct, n).tolist() for n in ready.direct.__slots__), strict=True
    ):
        walk.add_edge(("b", point), ("s", station), weight=leg)
    return walk


def in_floats(walk: nx.MultiDiGraph, ready: Prepared) -> None:
    """Turn the graph's weights into metres: streets as long as the float sums of their segments, nothing rounded."""
    net = ready.network
    first = np.diff(net.vertex_xy_mm, axis=0)
    inside = np.ones(len(first), dtype=bool)
    inside[net.vertex_start[1:-1] - 1] = False
    pieces = np.where(inside, np.hypot(*first.T) / 1000.0, 0.0)
    metres = np.add.reduceat(pieces, net.vertex_start[:-1]) / net.length_um
    for u, _, data in walk.edges(data=True):
        data["weight"] = data["weight"] * (metres[u[0]] if isinstance(u[0], int) else 1e-6)


def truth(walk: nx.MultiDiGraph, buildings: int, stations: int, reach: float) -> np.ndarray:
    back = walk.reverse(copy=False)
    sources = [("s", s) for s in range(stations) if back.has_node(("s", s))]
    far = nx.multi_source_dijkstra_path_length(back, sources, cutoff=reach) if sources else {}
    return np.array([far.get(("b", b), UNREACHABLE) for b in range(buildings)])


def compare(place: Layers) -> int:
    ready = prepare(place)
    found = search(ready, METRES, REACH)
    walk = split(ready)
    wanted = truth(walk, len(place.buildings), len(place.stations), REACH)
    np.testing.assert_array_equal(found.cost, wanted)
    in_floats(walk, ready)
    metres = truth(walk, len(place.buildings), len(place.stations), REACH / 1e6 + 1.0)
    reached = wanted < UNREACHABLE
    np.testing.assert_allclose(metres[reached], wanted[reached] / 1e6, rtol=0, atol=0.001)
    assert np.array_equal(found.covered(LIMIT), wanted <= LIMIT)
    return int((by_nodes(ready.network, place) != (wanted <= LIMIT)).sum())


def by_nodes(network: Network, place: Layers) -> np.ndarray:
    """The control: everything snapped to the nearest node, legs left out, as packages that know only nodes do."""
    tree = cKDTree(network.node_xy_mm)
    home, goal = (
        tree.query(shapely.get_coordinates(shapely.centroid(layer.geometry.to_numpy())) * 1000)[1]
        for layer in (place.buildings, place.stations)
    )
    walk = nx.DiGraph()
    walk.add_nodes_from(range(network.nodes))
    for u, v, length, ahead, back in zip(
        *(getattr(network, n).tolist() for n in ("edge_u", "edge_v", "length_um", "forward", "backward")),
        strict=True,
    ):
        for a, b, may in ((u, v, ahead), (v, u, back)):
            if may and length < walk.get_edge_data(a, b, {"weight": UNREACHABLE})["weight"]:
                walk.add_edge(a, b, weight=length)
    far = nx.multi_source_dijkstra_path_length(walk.reverse(copy=False), set(goal.tolist()))
    return np.array([far.get(int(node), UNREACHABLE) for node in home]) <= LIMIT


@pytest.mark.parametrize("kind", KINDS)
def test_distances_equal_a_split_graph_and_node_snapping_does_not(kind: str):
    changed = sum(compare(layers(kind, seed, points=seed % 2 == 0)) for seed in (1, 2))
    assert changed > 0, "the control that snaps to nodes must be seen to be wrong"


@pytest.mark.prove
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(10, 33))
def test_distances_equal_a_split_graph_at_size(kind: str, seed: int):
    assert compare(layers(kind, seed, buildings=20_000, points=seed % 2 == 0, side=16)) > 0


@pytest.mark.parametrize("kind", ["oneway", "steps", "compounds"])
def test_times_equal_the_graph_of_single_ways(kind: str):
    place = layers(kind, 5, buildings=120, side=6)
    ready = prepare(place)
    walker = PROFILES["elderly"]
    walk = split_graph(graph(ready.network, walker), ready.building_links, ready.station_links, ready.direct)
    found = search(ready, walker, REACH)
    np.testing.assert_array_equal(found.cost, truth(walk, len(place.buildings), len(place.stations), REACH))


def analytic_grid(step: float, side: int) -> Layers:
    size = step * (side - 1)
    lines = [shapely.LineString([(0, k * step), (size, k * step)]) for k in range(side)]
    lines += [shapely.LineString([(k * step, 0), (k * step, size)]) for k in range(side)]
    lines = list(shapely.node(shapely.MultiLineString(lines)).geoms)
    rng = np.random.default_rng(4)
    homes = np.column_stack((rng.integers(1, side - 1, 200) * step, rng.integers(1, int(size) - 1, 200)))
    return Layers(frame(lines), frame(shapely.points(homes)), frame(shapely.points([[step * 3, step * 2]])))


def test_a_perfect_grid_gives_the_distances_of_theory():
    place = analytic_grid(100.0, 11)
    ready = prepare(place)
    homes = shapely.get_coordinates(place.buildings.geometry.to_numpy())
    station = shapely.get_coordinates(place.stations.geometry.to_numpy())[0]
    dx, dy = np.abs(homes - station).T
    low = np.floor((homes[:, 1] - 5_070_000.0) / 100.0) * 100.0 + 5_070_000.0
    over = np.minimum(
        np.abs(homes[:, 1] - low) + np.abs(low - station[1]),
        np.abs(low + 100.0 - homes[:, 1]) + np.abs(low + 100.0 - station[1]),
    )
    wanted = np.where(dx == 0, dy, dx + over)
    np.testing.assert_array_equal(search(ready, METRES, REACH).cost, np.rint(wanted * 1e6).astype(np.int64))


def test_order_digitising_and_numbering_change_nothing():
    place = layers("oneway", 8)
    rng = np.random.default_rng(0)
    mixed = place.streets.iloc[rng.permutation(len(place.streets))].reset_index(drop=True)
    turn = rng.random(len(mixed)) < 0.5
    mixed.loc[turn, "geometry"] = shapely.reverse(mixed.geometry[turn].to_numpy())
    ahead = mixed["foot_forward"].copy()
    mixed.loc[turn, "foot_forward"] = mixed["foot_backward"][turn]
    mixed.loc[turn, "foot_backward"] = ahead[turn]
    one = search(prepare(place), METRES, REACH)
    two = search(prepare(replace(place, streets=mixed)), METRES, REACH)
    for name in one.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("kind", ["grid", "compounds"])
def test_another_station_never_uncovers(kind: str):
    place = layers(kind, 21)
    base = search(prepare(place), METRES, REACH)
    fewer = replace(place, stations=place.stations.iloc[:2])
    assert (search(prepare(fewer), METRES, REACH).cost >= base.cost).all()


def test_without_mapped_paths_an_opened_gate_never_lengthens_a_way():
    place = layers("compounds", 21)
    walls = place.compounds.boundary.union_all()
    place = replace(place, streets=place.streets[~place.streets.intersects(walls)].reset_index(drop=True))
    base = search(prepare(place), METRES, REACH).cost
    opened = search(prepare(place, open_all_gates=True), METRES, REACH).cost
    assert (opened <= base).all()
    assert (opened < base).any()


def test_several_stations_are_the_minimum_of_each():
    place = layers("grid", 22)
    whole = search(prepare(place), METRES, REACH).cost
    single = [
        search(
            prepare(replace(place, stations=place.stations.iloc[[k]].reset_index(drop=True))), METRES, REACH
        ).cost
        for k in range(len(place.stations))
    ]
    np.testing.assert_array_equal(whole, np.min(single, axis=0))


@pytest.mark.parametrize("kind", ["steps", "compounds"])
def test_walking_faster_never_lengthens_the_time(kind: str):
    ready = prepare(layers(kind, 23))
    slow, quick = (replace(PROFILES["standard"], speed_mm_s=speed) for speed in (800, 1250))
    late, early = (search(ready, walker, REACH).cost for walker in (slow, quick))
    assert (early <= late).all()
    assert (early < late).any()
