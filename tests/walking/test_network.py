from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, reverse

from gis.base.crs import metric_crs
from gis.base.errors import Invalid
from gis.walking.model import Network
from gis.walking.network import build_network, islands

PLANE = metric_crs(126.6)


def streets(*lines, **columns) -> gpd.GeoDataFrame:
    shapes = [line if hasattr(line, "geom_type") else LineString(line) for line in lines]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=PLANE)


def build(*lines, **columns) -> Network:
    return build_network(streets(*lines, **columns), PLANE)[0]


CROSS = ([(0, 0), (100, 0)], [(50, -50), (50, 50)])


def test_crossing_without_a_vertex_does_not_connect():
    network = build(*CROSS)
    assert (network.nodes, network.edges) == (4, 2)
    assert islands(network)[0].max() == 1


def test_shared_vertices_become_nodes_split_or_not():
    network = build([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)])
    assert (network.nodes, network.edges) == (5, 4)
    assert network.length_um.tolist() == [50_000_000] * 4
    t = build([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 50)])
    assert (t.nodes, t.edges) == (4, 3)


def test_vertices_of_two_levels_do_not_connect_unless_a_street_ends_there():
    over = build([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)], bridge=[False, True])
    assert (over.nodes, over.edges) == (4, 2)
    ramp = build([(0, 0), (50, 0)], [(50, 0), (100, 0)], bridge=[False, True])
    assert ramp.nodes == 3


def test_parallel_edges_loops_and_doubles_are_kept():
    network = build(
        [(0, 0), (100, 0)],
        [(0, 0), (50, 40), (100, 0)],
        [(0, 0), (100, 0)],
        [(100, 0), (120, 10), (120, -10), (100, 0)],
    )
    assert (network.nodes, network.edges) == (2, 4)
    assert (network.edge_u == network.edge_v).sum() == 1


def test_edges_run_from_their_smaller_end_and_take_direction_and_slope_along():
    network = build([(100, 0), (0, 0)], foot_forward=["no"], foot_backward=[None], slope_pct=["3"])
    assert network.node_xy_mm.tolist() == [[0, 0], [100_000, 0]]
    assert (network.forward[0], network.backward[0], network.slope_pct[0]) == (True, False, -3.0)
    assert network.vertex_at_um.tolist() == [0, 100_000_000]


def test_rows_without_line_or_length_are_counted():
    frame = streets(
        [(0, 0), (10, 0)], [(5, 5), (5, 5.0001)], MultiLineString([[(0, 0), (0, 9)], [(0, 9), (9, 9)]])
    )
    frame.loc[3] = None
    network, report = build_network(frame.set_crs(PLANE), PLANE)
    assert (report.rows, report.without_line, report.without_length) == (4, 1, 1)
    assert network.edges == 3


def test_a_plane_is_chosen_where_the_data_lies():
    frame = streets([(500_000, 5_000_000), (500_100, 5_000_000)]).set_crs(32633, allow_override=True)
    network, _ = build_network(frame)
    assert network.crs.to_authority() is None  # its own meridian, no zone
    assert network.length_um[0] == pytest.approx(100_040_016, abs=100)  # UTM's scale 0.9996 undone


def test_missing_reference_system_is_refused():
    with pytest.raises(Invalid, match="crs_missing"):
        build_network(gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 1)])]))


MAIN = [(0, 0), (30, 0), (100, 0)]


@pytest.mark.parametrize("off", [0.0, 0.004, 0.01, -0.01])
def test_an_end_on_the_line_of_a_street_joins_it(off: float):
    network, report = build_network(streets(MAIN, [(50, off), (50, 50)]), PLANE)
    assert (network.nodes, network.edges, report.joined) == (4, 3, 1)
    assert report.islands == 1
    assert network.length_um.min() == pytest.approx(50_000_000 - max(off, 0) * 1e6, abs=3)
    assert network.length_um.sum() == pytest.approx(150_000_000 - off * 1e6, abs=10)


def test_an_end_beside_the_line_or_a_crossing_without_an_end_joins_nothing():
    for lines in ([MAIN, [(50, 0.012), (50, 50)]], [*CROSS], [MAIN, [(50, -0.5), (50, 50)]]):
        network, report = build_network(streets(*lines), PLANE)
        assert (report.islands, report.joined, network.edges) == (2, 0, 2)


def test_an_end_joins_only_its_own_level():
    side = [(50, 0), (50, 50)]
    assert build_network(streets(MAIN, side, bridge=[False, True]), PLANE)[1].islands == 2
    assert build_network(streets(MAIN, side, bridge=[True, True]), PLANE)[1].islands == 1
    ramp = [
        (50, 0),
        (90, -50),
    ]  # at the place where a street of the level ends the bridge's end joins as well
    assert build_network(streets(MAIN, side, ramp, bridge=[False, True, False]), PLANE)[1].islands == 1


def test_ends_at_corners_and_ends_that_miss_each_other_join_once():
    corner = build(MAIN, [(30.004, 0.003), (50, 50)])
    assert (islands(corner)[0].max(), corner.edges) == (0, 3)
    gap = build([(0, 0), (30, 0)], [(30.006, 0), (70, 0)])
    assert (islands(gap)[0].max(), gap.edges) == (0, 3)
    assert gap.length_um.sum() == pytest.approx(70_000_000, abs=13_000)
    shared = build(MAIN, [(30, 0), (30, 40)])  # a vertex is there already: nothing to join
    assert shared.edges == 3


def test_several_ends_on_one_stretch_are_passed_in_their_order():
    feet = [[(x, 0), (x, 9)] for x in (80, 20, 50, 10)]
    network, report = build_network(streets([(0, 0), (100, 0)], *feet), PLANE)
    assert (report.joined, report.islands, network.edges) == (4, 1, 9)
    along = network.length_um[network.vertex_xy_mm[network.vertex_start[:-1] + 1][:, 1] == 0]
    assert sorted(along.tolist()) == [10_000_000, 10_000_000, 20_000_000, 30_000_000, 30_000_000]


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_order_and_direction_change_nothing_where_ends_join(seed: int):
    """Ends strewn within two centimetres of a few lines, many of them sharing a foot or a corner."""
    random = np.random.default_rng(seed)
    corners = random.integers(0, 4, (4, 3, 2)) * 3.0
    lines = [LineString(corner) for corner in corners]
    lines = [line for line in lines if line.length > 0 and line.is_simple] or [LineString([(0, 0), (9, 3)])]
    for _ in range(8):
        line = lines[random.integers(0, min(len(lines), 4))]
        foot = np.array(line.interpolate(random.choice([0.0, 0.3, 0.5, 1.0]), normalized=True).coords[0])
        foot = foot + random.integers(-12, 13, 2) / 1000
        lines.append(LineString([foot, foot + random.integers(1, 5, 2) * 2.0]))
    level = random.integers(0, 2, len(lines))
    one = build(*lines, level=level)
    order = random.permutation(len(lines))
    turn = random.random(len(lines)) < 0.5
    two = build(*[reverse(lines[i]) if turn[i] else lines[i] for i in order], level=level[order])
    assert same_but_flags(one, two)
    assert np.array_equal(one.vertex_xy_mm, two.vertex_xy_mm)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_order_and_digitising_of_the_input_change_nothing(seed: int):
    random = np.random.default_rng(seed)
    points = random.integers(0, 6, (8, 2)) * 50
    lines = [
        LineString(points[random.choice(8, random.integers(2, 5))] + random.integers(0, 2)) for _ in range(12)
    ]
    lines = [line for line in lines if line.length > 0]
    forward = random.random(len(lines)) < 0.8
    backward = random.random(len(lines)) < 0.8
    one = build(*lines, foot_forward=forward, foot_backward=backward)
    order = random.permutation(len(lines))
    turn = random.random(len(lines)) < 0.5
    two = build(
        *[reverse(lines[i]) if turn[i] else lines[i] for i in order],
        foot_forward=np.where(turn, backward, forward)[order],
        foot_backward=np.where(turn, forward, backward)[order],
    )
    assert one.length_um.sum() == two.length_um.sum()
    assert same_but_flags(one, two)


def same_but_flags(a: Network, b: Network) -> bool:
    """Equal geometry; doubles of one line may swap their flags among themselves."""
    names = ("node_xy_mm", "edge_u", "edge_v", "length_um", "vertex_start")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)
