"""Provisional circles: valid, around every reached street, never over water except on a bridge."""

from __future__ import annotations

import numpy as np
import shapely

from gis.walking.circles import BESIDE_STREET_M, as_multipolygons, circle_polygons
from gis.walking.cost import graph
from gis.walking.field import near_field, within
from gis.walking.model import METRES, Links, Network
from gis.walking.path import part_lines
from gis.walking.search import reached_parts

from .random_networks import make_network


def block_grid(side: int, spacing_m: int) -> Network:
    """Streets `spacing_m` apart on a square grid of side × side nodes."""
    at = np.arange(side * side).reshape(side, side)
    ends = np.concatenate(
        [np.stack([at[:, :-1], at[:, 1:]], -1).reshape(-1, 2), np.stack([at[:-1], at[1:]], -1).reshape(-1, 2)]
    )
    network = make_network(ends.tolist(), [spacing_m * 10**6] * len(ends), nodes=side * side)
    xy = np.stack([at.ravel() % side, at.ravel() // side], axis=1) * spacing_m * 1000
    object.__setattr__(network, "node_xy_mm", xy)
    object.__setattr__(network, "vertex_xy_mm", xy[ends.ravel()])
    return network


def stations_on(*edges: int) -> Links:
    k = len(edges)
    return Links(
        np.arange(k, dtype=np.int32), np.array(edges, np.int32), np.zeros(k, np.int64), np.zeros(k, np.int64),
        np.full(k, -1, np.int32), np.ones(k, np.uint8), np.zeros(k, np.uint8),
    )  # fmt: skip


def test_every_reached_street_is_inside_and_holes_are_kept() -> None:
    network = block_grid(9, 200)
    parts = reached_parts(graph(network, METRES), stations_on(0, 40), 500_000_000)
    places = network.node_xy_mm[network.edge_u[[0, 40]]] / 1000
    circles = circle_polygons(network, parts, places)
    assert shapely.is_valid(circles).all()
    lines = part_lines(network, parts.edge, parts.from_um, parts.to_um)
    assert shapely.covers(circles[parts.origin], lines).all()
    assert shapely.get_num_interior_rings(shapely.get_parts(circles[1])).sum() > 0
    border = shapely.points(shapely.get_coordinates(circles[1]))
    assert shapely.distance(border, shapely.union_all(lines[parts.origin == 1])).max() < BESIDE_STREET_M + 3


def test_water_is_cut_out_except_along_a_bridge() -> None:
    network = block_grid(5, 200)
    river = shapely.box(-100, 280, 900, 320)
    over = shapely.intersects(
        part_lines(network, np.arange(network.edges), np.zeros(network.edges), network.length_um), river
    )
    walk = graph(network, METRES)
    parts = reached_parts(walk, stations_on(0), 700_000_000)
    dry = circle_polygons(network, parts, np.zeros((1, 2)), [river])
    assert shapely.area(shapely.intersection(dry, river)).max() < 1e-6
    object.__setattr__(network, "bridge", over)
    with_bridge = circle_polygons(
        network, parts, np.zeros((1, 2)), [river, shapely.LineString([(0, 0), (9, 9)])]
    )
    wet = shapely.intersection(with_bridge, river)[0]
    assert 40 * 2 * 1 <= shapely.area(wet) <= 40 * 2 * 5
    assert shapely.is_valid(with_bridge).all()


def test_a_station_that_reaches_no_street_has_an_empty_circle() -> None:
    network = block_grid(3, 100)
    links = stations_on(0, 0)
    unlinked = Links(
        *(getattr(links, f)[:1] for f in ("point", "edge", "position_um", "leg_um", "gate")),
        links.quality,
        links.reason,
    )
    parts = reached_parts(graph(network, METRES), unlinked, 100_000_000)
    circles = circle_polygons(network, parts, np.zeros((2, 2)))
    assert shapely.is_empty(circles).tolist() == [False, True]
    assert shapely.get_type_id(circles).tolist() == [6, 6]


def test_the_field_is_the_distance_to_the_nearest_segment() -> None:
    rng = np.random.default_rng(2)
    segments = rng.uniform(0, 100, (20, 4))
    segments[0, 2:] = segments[0, :2]
    field = near_field(segments, -10.0, -20.0, (15, 13), 10.0, 25.0)
    y, x = np.mgrid[-20:130:10, -10:120:10]
    lines = shapely.linestrings(segments.reshape(-1, 2, 2))
    want = np.minimum(shapely.distance(shapely.points(x, y)[:, :, None], lines).min(axis=2), 25.0)
    assert np.allclose(field, want, atol=1e-9)


def test_two_far_streets_are_two_polygons() -> None:
    drawn = within(np.array([[0.0, 0, 50, 0], [500, 0, 550, 0]]), 30.0, 10.0)
    assert len(shapely.get_parts(drawn)) == 2
    assert abs(shapely.area(drawn) / (2 * (50 * 60 + np.pi * 900)) - 1) < 0.02


def test_repair_keeps_areas_only() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 3), (1, 1), (0, 1)])
    fixed = as_multipolygons([bow_tie, spike, shapely.MultiPolygon()])
    assert shapely.is_valid(fixed).all()
    assert shapely.area(fixed).tolist() == [2.0, 1.0, 0.0]
