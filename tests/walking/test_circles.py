"""Circles agree with the distances: streets, buildings, water, nesting; and the checks can fail."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
import shapely

from gis.walking.circles import Atlas
from gis.walking.cost import graph
from gis.walking.drawing.contour import where_positive
from gis.walking.drawing.field import Goals, field_of
from gis.walking.drawing.shapes import as_multipolygons
from gis.walking.model import METRES
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, prepare
from gis.walking.search import nearest

from .circle_truth import Place, faults, random_place, truth
from .towns import ORIGIN, frame

NESTING_M2 = 0.1
ATOL_M2 = 1e-3


def check(seed: int) -> tuple[int, list[str]]:
    """All circles of one random place: how many, and what is wrong with them."""
    place = random_place(seed)
    rows, wrong, count = np.arange(place.stations), [], 0
    smaller = np.full(len(rows), shapely.MultiPolygon(), dtype=object)
    for limit in place.limits:
        drawn = place.atlas.each(place.graph, rows, limit)
        for station, one in enumerate(drawn):
            found = faults(place, one.shape, truth(place, station, limit))
            spill = shapely.area(shapely.difference(smaller[station], one.shape))
            if spill > NESTING_M2:
                found["not_nested_m2"] = spill
            if found or one.contradicted:
                wrong.append(f"seed {seed} station {station} limit {limit}: {found} {one.contradicted}")
            smaller[station] = one.shape
            count += 1
    return count, wrong


def test_random_circles_agree_with_the_distances() -> None:
    counts, wrong = zip(*(check(seed) for seed in (*range(12), 79, 102)), strict=True)
    assert sum(counts) >= 150
    assert not [*chain(*wrong)]


@pytest.mark.prove
def test_ten_thousand_random_circles_agree() -> None:
    counts, wrong = zip(*(check(seed) for seed in range(100, 940)), strict=True)
    assert sum(counts) >= 10_000
    assert not [*chain(*wrong)]


def control(name: str, seeds: range, change) -> None:
    """`change` spoils good drawings of some places: the check called `name` must say so."""
    said = 0.0
    for seed in seeds:
        place = random_place(seed)
        limit = place.limits[1]
        for station in range(place.stations):
            told = truth(place, station, limit)
            one = place.atlas.each(place.graph, np.array([station]), limit)[0]
            assert not faults(place, one.shape, told)
            said += faults(place, change(place, one.shape, told), told).get(name, 0.0)
    assert said > 0


def test_a_buffer_of_the_streets_contradicts_the_distances() -> None:
    def old_recipe(place: Place, _shape, told):
        water = shapely.union_all(place.atlas.footprints.water)
        return as_multipolygons(
            shapely.difference(shapely.union_all(shapely.buffer(told.streets, 30.0)), water)
        )[0]

    control("contradicted", range(2), old_recipe)


def test_the_checks_of_streets_water_and_validity_can_fail() -> None:
    control("street_outside_m", range(1, 2), lambda _p, shape, _t: as_multipolygons(shape.buffer(-20))[0])
    control("over_water_m2", range(7, 8), lambda _p, shape, _t: as_multipolygons(shape.convex_hull)[0])
    control("invalid", range(1, 2), lambda _p, shape, _t: shapely.MultiPolygon([*shape.geoms, *shape.geoms]))


def straight_street(**more) -> Layers:
    """One street of 800 m from the west to the east, a station at its west end."""
    return Layers(
        frame([shapely.LineString([(0, 0), (800, 0)])], code=["S"]),
        frame([shapely.box(390, 12, 400, 20), shapely.box(506, 12, 516, 20)], code=["near", "far"]),
        frame([shapely.Point(0, 0)], code=["T"]),
        **more,
    )


def only_circle(layers: Layers, limit_m: int, step: float = 10.0) -> shapely.MultiPolygon:
    place = prepare(layers)
    atlas = Atlas.of(layers, place, step)
    shape = atlas.each(graph(place.network, METRES), np.array([0]), limit_m * 10**6)[0].shape
    return shapely.transform(shape, lambda xy: xy - ORIGIN)


def test_beside_a_straight_street_the_circle_is_a_triangle_cut_at_150_m() -> None:
    """Walking 500 m in all: x along the street and y beside it, so x + y <= 500, y <= 150; and round the end."""
    shape = only_circle(straight_street(), 500)
    want = shapely.union(
        shapely.Polygon([(0, 150), (350, 150), (500, 0), (350, -150), (0, -150)]),
        shapely.Point(0, 0).buffer(150, quad_segs=64),
    )
    assert shape.symmetric_difference(want).area < 0.03 * want.area
    assert shapely.hausdorff_distance(shape, want) < 10.0
    preview = only_circle(straight_street(), 500, 25.0)
    assert preview.symmetric_difference(want).area < 0.06 * want.area


def test_nothing_bleeds_over_a_thin_river_or_wall() -> None:
    """A river 2 m wide and a wall run along the street: beyond them nothing is reached."""
    river = shapely.box(-300, 33, 1100, 35)
    wall = shapely.LineString([(-300, -42), (1100, -42)])
    fences = frame([river, wall], code=["R", "W"], kind=["river", "wall"])
    shape = only_circle(straight_street(barriers=fences), 500)
    assert shape.bounds[1] > -42 - 1e-6
    assert shape.bounds[3] < 33 + 1e-6
    assert shapely.covers(shape, shapely.box(10, -41.99, 400, 32.99))


def test_inside_a_compound_only_what_a_gate_leads_to_is_drawn() -> None:
    square = shapely.box(100, 60, 300, 130)
    yard, gate = frame([square], code=["C"]), shapely.Point(280, 60)
    shut = only_circle(straight_street(compounds=yard), 420)
    assert shut.intersection(square).area == pytest.approx(0, abs=ATOL_M2)
    gates = frame([gate], code=["G"], access=["resident"])
    inside = only_circle(straight_street(compounds=yard, gates=gates), 420).intersection(square)
    want = gate.buffer(420 - 280 - 60, quad_segs=64).intersection(square)
    assert inside.symmetric_difference(want).area < 0.06 * want.area


def test_footprints_are_in_or_out_as_a_whole() -> None:
    shape = only_circle(straight_street(), 500)
    near, far = straight_street().buildings.geometry.to_numpy()
    near, far = (shapely.transform(one, lambda xy: xy - ORIGIN) for one in (near, far))
    assert shapely.covers(shape, near)
    assert shape.intersection(far).area == pytest.approx(0, abs=ATOL_M2)


def test_a_bridge_is_a_strip_over_the_water() -> None:
    river = frame([shapely.box(200, -400, 260, 400)], code=["R"], kind=["river"])
    shape = only_circle(straight_street(barriers=river), 500)
    wet = shape.intersection(shapely.box(200, -400, 260, 400))
    assert wet.area == pytest.approx(60 * 1.0, rel=0.01)
    assert as_multipolygons(wet)[0].bounds == pytest.approx((200, -0.5, 260, 0.5))


def test_a_station_that_reaches_nothing_has_an_empty_circle() -> None:
    given = straight_street()
    far = frame([shapely.Point(0, 0), shapely.Point(0, 5000)], code=["T", "U"])
    layers = Layers(given.streets, given.buildings, far)
    place = prepare(layers)
    drawn = Atlas.of(layers, place).each(graph(place.network, METRES), np.array([0, 1]), 300_000_000)
    assert [one.shape.is_empty for one in drawn] == [False, True]
    assert [one.shape.geom_type for one in drawn] == ["MultiPolygon"] * 2


def test_every_node_of_the_grid_costs_what_a_building_there_would_cost() -> None:
    """Nodes as point buildings in the same place, compounds and river included: equal to the last micrometre."""
    for seed in (15, 55):  # points only: no station stands in a footprint
        place = random_place(seed)
        layers, ground = place.layers, place.atlas.ground
        rows = np.arange(place.stations)
        goals = Goals.of(place.graph, place.prepared.station_links, rows, place.limits[2])
        low = ORIGIN[0] + 10, ORIGIN[1] + 10
        field = field_of(ground, goals, (*low, low[0] + 500, low[1] + 500))
        index = np.random.default_rng(seed).integers(0, np.array(field.best.shape[:2])[:, None], (2, 300))
        xy = np.column_stack(
            (field.left + index[1] * field.step, field.bottom + index[0] * field.step)
        ) - np.array(ORIGIN)
        points = frame(shapely.points(xy), code=[f"B{i}" for i in range(len(xy))])
        stood = Layers(
            layers.streets, points, layers.stations, layers.barriers, layers.compounds, layers.gates
        )
        ready = prepare(stood)
        links, direct = only_points(ready.station_links, rows), only_stations(ready.direct, rows, len(rows))
        found = nearest(graph(ready.network, place.profile), ready.building_links, links, direct, goals.reach)
        assert np.array_equal(found.cost, field.best[index[0], index[1], 0])
        assert (found.station >= 0).sum() >= 20


def test_the_empty_ground_between_far_stations_is_not_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawing is bit for bit the one that links every tile of the box round all stations."""
    cross = np.array([[[0, 300], [640, 310]], [[320, 0], [310, 630]]], dtype=float)
    away = np.arange(3)[:, None, None] * np.array([5000.0, 3000.0])
    lines = shapely.linestrings((cross + away[:, None]).reshape(-1, 2, 2))
    stations = shapely.points((np.array([320.0, 280.0]) + away).reshape(-1, 2))
    homes = shapely.points((cross[0] + [0.0, 40.0] + away).reshape(-1, 2))
    layers = Layers(
        frame(lines, code=[f"S{i}" for i in range(6)]),
        frame(homes, code=[f"B{i}" for i in range(6)]),
        frame(stations, code=["A", "B", "C"]),
    )
    ready, rows = prepare(layers), np.arange(3)
    walk = graph(ready.network, METRES)
    atlas, every = Atlas.of(layers, ready, 25.0), Atlas.of(layers, ready, 25.0)
    drawn, split = atlas.dissolved(walk, rows, 250_000_000).shape, atlas.nearest(walk, rows, 250_000_000)[0]
    monkeypatch.setattr("gis.walking.circles.field_of", lambda g, goals, box, _near: field_of(g, goals, box))
    assert shapely.equals_exact(drawn, every.dissolved(walk, rows, 250_000_000).shape)
    assert shapely.equals_exact(split, every.nearest(walk, rows, 250_000_000)[0]).all()
    assert 3 * len(atlas.ground._tiles) < len(every.ground._tiles)


def test_the_split_covers_the_dissolved_drawing_without_overlap() -> None:
    place = random_place(1)
    rows = np.arange(place.stations)
    parts, whole = place.atlas.nearest(place.graph, rows, place.limits[1])
    assert shapely.is_valid(parts).all()
    assert shapely.area(parts).sum() == pytest.approx(shapely.area(whole.shape), abs=ATOL_M2)
    assert shapely.symmetric_difference(shapely.union_all(parts), whole.shape).area < ATOL_M2
    told = [truth(place, station, place.limits[1]) for station in rows]
    united = place.atlas.dissolved(place.graph, rows, place.limits[1])
    reached = np.any([one.reached for one in told], axis=0)
    assert np.array_equal(shapely.intersects(united.shape, place.atlas.footprints.witness), reached)


def test_the_area_within_keeps_its_holes() -> None:
    y, x = np.mgrid[-10:11, -10:11]
    ring = where_positive(3.0 - np.abs(np.hypot(x, y) - 6.0), -10.0, -10.0, 1.0)
    assert len(shapely.get_parts(ring)) == 1
    assert len(ring.geoms[0].interiors) == 1
    assert ring.area == pytest.approx(np.pi * (81 - 9), rel=0.02)


def test_repair_keeps_areas_only() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 3), (1, 1), (0, 1)])
    fixed = as_multipolygons([bow_tie, spike, shapely.MultiPolygon()])
    assert shapely.is_empty(as_multipolygons([shapely.GeometryCollection()])).tolist() == [True]
    assert shapely.is_valid(fixed).all()
    assert shapely.area(fixed).tolist() == [2.0, 1.0, 0.0]
