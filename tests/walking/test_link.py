"""The link rules, one case each, and against a slow reading of the same rules with shapely."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from gis.walking.model import METRES, Links, Quality, Reason
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.reasons import search
from gis.walking.walls import edge_lines
from tests.walking.towns import frame, layers

FAR = [Point(0, -140)]


def ready(streets, buildings, stations=FAR, **more) -> Prepared:
    names = {"code": [f"B{i}" for i in range(len(buildings))]}
    return prepare(Layers(frame(streets), frame(buildings, **names), frame(stations), **more))


def legs(links: Links, point: int = 0) -> list[float]:
    return (links.leg_um[links.point == point] / 1e6).tolist()


def parallel(*offsets: float) -> list[LineString]:
    return [LineString([(-300, y), (300, y)]) for y in offsets]


def test_a_point_takes_up_to_four_edges_within_forty_metres_of_the_nearest():
    links = ready(parallel(10, 20, -30, 49.9, 50, 50.1, -49), [Point(0, 0)]).building_links
    assert legs(links) == [10, 20, 30, 49]
    assert legs(ready(parallel(10, 50, 50.1), [Point(0, 0)]).building_links) == [10, 50]
    assert links.quality.tolist() == [Quality.POINT]


def test_beyond_150_metres_a_point_is_unlinked():
    near, far = ready(parallel(150), [Point(0, 0)]), ready(parallel(150.001), [Point(0, 0)])
    assert legs(near.building_links) == [150]
    assert legs(far.building_links) == []
    assert far.building_links.reason.tolist() == [Reason.TOO_FAR]


def test_a_building_leaves_by_its_facade_and_by_both_ends_of_a_parallel_one():
    links = ready(parallel(30), [box(-5, -5, 7, 5)]).building_links
    assert legs(links) == [25, 25]
    assert links.position_um.tolist() == [295_000_000, 307_000_000]
    assert links.quality.tolist() == [Quality.FACADE]


def test_a_facade_almost_along_the_street_does_not_depend_on_a_rounding():
    almost = Polygon([(-5, -5), (7, -5), (7, 5), (-5, 5.0006)])
    links = ready(parallel(30), [almost]).building_links
    assert links.position_um.tolist() == [295_000_000, 307_000_000]
    turned = Polygon([(-5, -5), (7, -5), (7, 5), (-5, 5.1)])
    assert ready(parallel(30), [turned]).building_links.position_um.tolist() == [295_000_000]


def test_mapped_entrances_replace_the_facade_and_the_minimum_counts():
    doors = frame([Point(0, -5), Point(4, 5)], building=["B0", "B0"])
    links = ready(parallel(30), [box(-5, -5, 5, 5)], entrances=doors).building_links
    assert legs(links) == [25, 35]
    assert links.quality.tolist() == [Quality.ENTRANCE]
    unnamed = ready(parallel(30), [box(-5, -5, 5, 5)], entrances=frame([Point(0, -5.2)]))
    assert legs(unnamed.building_links) == [35.2]


@pytest.mark.parametrize(
    ("fence", "kind", "reason"),
    [
        (LineString([(-400, 5), (400, 5)]), "railway", Reason.BARRIER),
        (box(-400, 4, 400, 6), "river", Reason.BARRIER),
        (LineString([(-400, 5), (400, 5)]), "wall", Reason.WALL),
    ],
)
def test_no_connector_crosses_a_barrier_and_the_reason_says_so(fence, kind, reason):
    barriers = frame([fence], kind=[kind])
    links = ready(parallel(10), [Point(0, 0)], barriers=barriers).building_links
    assert links.reason.tolist() == [reason]
    other = ready(parallel(10, -30), [Point(0, 0)], barriers=barriers).building_links
    assert legs(other) == [30]


def test_candidates_are_taken_after_rejection():
    barriers = frame([LineString([(-400, 5), (400, 5)])], kind=["river"])
    links = ready(parallel(10, 11, 12, 13, -60, -70, -110), [Point(0, 0)], barriers=barriers).building_links
    assert legs(links) == [60, 70]


@pytest.mark.parametrize(("inset", "linked"), [(0.0, True), (0.09, True), (0.11, False)])
def test_touching_within_a_tenth_of_a_metre_of_an_end_is_not_crossing(inset: float, linked: bool):
    barriers = frame([LineString([(-400, 10 - inset), (400, 10 - inset)])], kind=["wall"])
    links = ready(parallel(10), [Point(0, 0)], barriers=barriers).building_links
    assert bool(links.reason[0] == Reason.LINKED) is linked


def test_another_footprint_stops_a_connector_and_ones_own_does_not():
    shapes = [Point(0, 0), box(-3, 2, 3, 6)]
    assert ready(parallel(10), shapes).building_links.reason.tolist() == [Reason.BUILDING, Reason.LINKED]
    doors = frame([Point(0, 2)], building=["B1"])  # at the back: through its own house
    assert (
        legs(
            ready(
                parallel(10), shapes[1:] * 2, entrances=frame([Point(0, 2)], building=["B1"])
            ).building_links,
            1,
        )
        == []
    )
    assert legs(ready(parallel(10), shapes, entrances=doors).building_links, 1) == [8]


def test_a_building_across_a_barrier_links_on_both_sides():
    barriers = frame([LineString([(-400, 0), (400, 0)])], kind=["wall"])
    links = ready(parallel(10, -90), [box(-3, -5, 3, 5)], barriers=barriers).building_links
    assert sorted(set(legs(links))) == [5, 85]
    whole = ready(parallel(10, -90), [box(-3, -5, 3, 5)]).building_links
    assert set(legs(whole)) == {5}


def test_a_street_through_a_footprint_is_left_where_it_leaves_it():
    links = ready([LineString([(-100, 0), (100, 0)])], [box(-5, -5, 5, 5)]).building_links
    assert legs(links) == [0, 0]
    assert links.position_um.tolist() == [95_000_000, 105_000_000]
    inside = ready([LineString([(-2, 0), (2, 0)]), LineString([(2, 0), (100, 0)])], [box(-5, -5, 5, 5)])
    assert set(legs(inside.building_links)) == {0}


def test_nobody_links_to_what_nobody_may_walk():
    streets = frame(parallel(10, 30), foot_forward=["no", "yes"], foot_backward=["no", "yes"])
    place = Layers(streets, frame([Point(0, 0)]), frame(FAR))
    assert legs(prepare(place).building_links) == [30]


def test_missing_geometries_and_missing_streets_have_their_reasons():
    buildings = gpd.GeoDataFrame(geometry=[None, Point(0, 0)], crs=frame(FAR).crs)
    links = prepare(Layers(frame(parallel(10)), buildings, frame(FAR))).building_links
    assert links.reason.tolist() == [Reason.NO_PLACE, Reason.TOO_FAR]


def test_a_station_in_a_building_is_its_building_and_at_0_m_from_it():
    made = ready(parallel(10), [box(-5, -5, 5, 5), Point(40, 0)], [Point(-4, -4)])
    assert sorted(set(legs(made.station_links))) == [5]
    found = search(made, METRES, 10**9)
    assert found.cost.tolist() == [0, 10_000_000 + 35_000_000 + 5_000_000]


def slow_links(made: Prepared, place: Layers, edges: np.ndarray) -> list[set[tuple[int, int]]]:
    """The candidate rule by the letter: all edges, shapely distances in mm, no index."""
    body = shapely.transform(place.buildings.geometry.to_numpy(), lambda xy: np.rint(xy * 1000))
    fence = np.empty(0, dtype=object)
    if place.barriers is not None:
        fence = shapely.transform(place.barriers.geometry.to_numpy(), lambda xy: np.rint(xy * 1000))
    answer = []
    for number, shape in enumerate(body):
        others = np.concatenate((np.delete(body, number), fence))
        leg = np.rint(shapely.distance(shape, edges) * 1000).astype(np.int64)
        taken: set[tuple[int, int]] = set()
        for edge in np.lexsort((np.arange(len(edges)), leg)):
            first = min((value for _, value in taken), default=None)
            if (
                leg[edge] > 150_000_000
                or len(taken) == 4
                or (first is not None and leg[edge] > first + 40_000_000)
            ):
                break
            line = shapely.shortest_line(shape, edges[edge])
            if line.length <= 200 or not shapely.intersects(shrunk(line), others).any():
                taken.add((int(edge), int(leg[edge])))
        answer.append(taken)
    return answer


def shrunk(line: LineString) -> LineString:
    return LineString([line.interpolate(100.0), line.interpolate(line.length - 100.0)])


@pytest.mark.parametrize("seed", range(6))
def test_links_equal_a_slow_reading_of_the_rules(seed: int):
    place = layers(
        ("grid", "bridges", "parallel")[seed % 3], 100 + seed, buildings=250, points=seed % 2 == 0, side=6
    )
    rivers = [
        LineString([(-50, 180), (300, 260), (700, 210)]),
        Polygon([(200, -50), (230, -50), (380, 700), (340, 700)]),
    ]
    body = place.buildings[~place.buildings.intersects(frame(rivers).union_all())].reset_index(drop=True)
    place = replace(place, buildings=body, barriers=frame(rivers, kind=["wall", "river"]))
    made = prepare(place)
    wanted = slow_links(made, place, edge_lines(made.network))
    links = made.building_links
    for number, taken in enumerate(wanted):
        mine = links.point == number
        got = {(int(e), int(leg)) for e, leg in zip(links.edge[mine], links.leg_um[mine], strict=True)}
        assert {e for e, _ in got} == {e for e, _ in taken}
        shortest = {e: min(leg for other, leg in got if other == e) for e, _ in got}
        assert {e: pytest.approx(leg, abs=1002) for e, leg in shortest.items()} == dict(taken)
    spots = shapely.line_interpolate_point(edge_lines(made.network)[links.edge], links.position_um / 1000)
    shapes = shapely.transform(place.buildings.geometry.to_numpy(), lambda xy: np.rint(xy * 1000))[
        links.point
    ]
    np.testing.assert_allclose(shapely.distance(spots, shapes), links.leg_um / 1000, atol=1.01)
