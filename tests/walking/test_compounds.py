"""Walled compounds: gates are the only ways out, residents' gates lead outwards only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box

from gis.walking.model import METRES, Quality, Reason, StreetKind
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.reasons import Why, search, why
from tests.walking.towns import frame

YARD = box(0, 0, 200, 100)
SOUTH = LineString([(-500, -20), (-30, -20), (700, -20)])
NORTH = LineString([(-30, 120), (700, 120)])
WEST = LineString([(-30, -20), (-30, 120)])
REACH = 3_000_000_000


def place(gates, homes, stations, streets=(SOUTH,), yard=YARD, **more) -> Layers:
    """A walled yard; gates as (point, access)."""
    return Layers(
        frame(list(streets)),
        frame(homes, code=[f"B{i}" for i in range(len(homes))]),
        frame(stations),
        compounds=frame([yard], code=["C"]),
        gates=frame(
            [point for point, _ in gates], access=[access for _, access in gates], compound=["C"] * len(gates)
        ),
        **more,
    )


def metres(layers: Layers) -> list[float | None]:
    found = search(prepare(layers), METRES, REACH)
    return [cost / 1e6 if there else None for cost, there in zip(found.cost, found.reached, strict=True)]


HOME, SHOP = Point(100, 50), Point(100, -30)


def test_the_way_out_is_the_gate_and_not_the_wall():
    through = place([(Point(40, 0), "public")], [HOME], [SHOP])
    inside = np.hypot(60, 50)
    assert metres(through) == [pytest.approx(inside + 20 + 60 + 10, abs=2e-6)]
    links = prepare(through).building_links
    assert links.gate.tolist() == [0]
    assert links.quality.tolist() == [Quality.GATE]
    assert links.reason.tolist() == [Reason.LINKED]


@pytest.mark.parametrize("access", ["staff", "closed"])
def test_without_a_gate_to_pass_a_home_is_unlinked(access: str):
    links = prepare(place([(Point(40, 0), access)], [HOME], [SHOP])).building_links
    assert links.reason.tolist() == [Reason.GATE]
    assert not len(links.edge)


@pytest.mark.parametrize(("away", "reason"), [(100, Reason.LINKED), (300, Reason.TOO_FAR)])
def test_a_gate_without_a_street_near_it_is_too_far(away: float, reason: Reason):
    far = [LineString([(0, -away), (200, -away)])]
    links = prepare(place([(Point(40, 0), "public")], [HOME], [SHOP], far)).building_links
    assert links.reason.tolist() == [reason]
    shut = prepare(place([(Point(40, 0), "closed")], [HOME], [SHOP], far)).building_links
    assert shut.reason.tolist() == [Reason.GATE]


def test_of_several_gates_the_best_counts_and_opening_one_never_lengthens_the_way():
    far = place([(Point(0, 90), "resident")], [HOME], [SHOP], (SOUTH, WEST))
    both = place([(Point(0, 90), "resident"), (Point(100, 0), "public")], [HOME], [SHOP], (SOUTH, WEST))
    assert metres(both) == [80.0]
    assert metres(far) == [pytest.approx(np.hypot(100, 40) + 30 + 110 + 130 + 10, abs=2e-6)]


def test_a_station_inside_is_reached_through_public_gates_only():
    outside, inside = Point(100, -40), Point(100, 60)
    resident = place([(Point(40, 0), "resident")], [outside, HOME], [inside])
    assert metres(resident) == [None, 10.0]
    public = place([(Point(40, 0), "public")], [outside, HOME], [inside])
    assert metres(public) == [pytest.approx(20 + 60 + 20 + np.hypot(60, 60), abs=2e-6), 10.0]


def test_a_resident_may_go_out_by_the_gate_of_residents():
    assert metres(place([(Point(100, 0), "resident")], [HOME], [SHOP])) == [80.0]


PATH = LineString([(100, 50), (50, 50), (50, 0), (50, -20)])
CROSSING = LineString([(-500, -20), (50, -20), (700, -20)])


def test_mapped_paths_inside_replace_the_straight_line():
    mapped = place([(Point(50, 0), "resident")], [Point(100, 55)], [SHOP], (CROSSING, PATH))
    made = prepare(mapped)
    assert (made.network.kind == StreetKind.GATE).sum() == 1
    assert metres(mapped) == [pytest.approx(5 + 50 + 50 + 20 + 50 + 10, abs=1e-5)]
    assert made.building_links.quality.tolist() == [Quality.POINT]


def test_a_path_through_the_wall_where_no_gate_stands_does_not_count():
    walled = place([(Point(150, 0), "public")], [Point(100, 55)], [SHOP], (CROSSING, PATH))
    assert (prepare(walled).network.kind == StreetKind.GATE).sum() == 0
    assert metres(walled) == [pytest.approx(np.hypot(50, 55) + 20 + 50 + 10, abs=2e-6)]


def test_a_mapped_path_through_a_residents_gate_leads_outwards_only():
    shop = Point(100, 45)
    walled = place([(Point(50, 0), "resident")], [Point(20, -25)], [shop], (CROSSING, PATH))
    assert metres(walled) == [None]
    opened = place([(Point(50, 0), "public")], [Point(20, -25)], [shop], (CROSSING, PATH))
    assert metres(opened) == [pytest.approx(np.hypot(30, 5) + 20 + 50 + 50 + 5, abs=1e-5)]


def test_a_bend_in_the_compound_is_walked_round():
    bent = Polygon([(0, 0), (200, 0), (200, 100), (120, 100), (120, 20), (80, 20), (80, 100), (0, 100)])
    home, gate = Point(40, 80), Point(160, 100)
    there = place([(gate, "public")], [home], [Point(160, 125)], (NORTH,), bent)
    inside = np.hypot(40, 60) + 40 + np.hypot(40, 80)
    assert metres(there) == [pytest.approx(inside + 20 + 5, abs=1e-3)]


def test_more_than_half_inside_is_inside_unless_a_door_opens_outside():
    shop = Point(100, -30)
    half = box(90, -9, 110, 11)
    assert metres(place([(Point(0, 50), "public")], [half], [shop], (SOUTH,)))[0] is None
    mostly_out = box(90, -11, 110, 9)
    assert metres(place([(Point(0, 50), "public")], [mostly_out], [shop], (SOUTH,))) == [29.0]
    door = frame([Point(100, -9)], building=["B0"])
    assert metres(place([(Point(0, 50), "public")], [half], [shop], (SOUTH,), entrances=door)) == [21.0]


def test_a_house_outside_does_not_link_through_the_wall_to_a_path_inside():
    inner = LineString([(10, 5), (190, 5)])
    links = prepare(place([(Point(0, 50), "public")], [Point(100, -1)], [SHOP], (inner,))).building_links
    assert links.reason.tolist() == [Reason.WALL]
    flush = prepare(
        place([(Point(0, 50), "public")], [box(95, -10, 105, 0)], [SHOP], (inner, SOUTH))
    ).building_links
    assert sorted(set(flush.leg_um.tolist())) == [10_000_000]


def test_gates_belong_to_the_wall_they_stand_on_and_far_ones_to_none():
    layers = place([(Point(40, 3), "public"), (Point(100, 40), "public")], [HOME], [SHOP])
    layers = replace(layers, gates=layers.gates.drop(columns="compound"))
    made = prepare(layers)
    assert made.facts["gates_off_wall"] == 1
    assert set(made.building_links.gate.tolist()) == {0}


def test_a_compound_without_walls_is_no_obstacle():
    layers = place([], [HOME], [Point(100, -30)])
    open_yard = replace(layers, compounds=layers.compounds.assign(walled="no"))
    assert metres(open_yard) == [80.0]


def test_reasons_are_the_first_change_that_would_cover():
    river = frame([LineString([(300, -500), (300, 500)])], kind=["river"])
    layers = place(
        [(Point(0, 50), "resident"), (Point(100, 0), "closed")],
        [HOME, Point(310, -30), Point(-400, -30), Point(0, 2000), Point(150, -25)],
        [Point(170, -25)],
        (LineString([(-500, -20), (-30, -20), (290, -20)]), WEST),
        barriers=river,
    )
    made: Prepared = prepare(layers)
    limit = 200_000_000
    covered = search(made, METRES, REACH).covered(limit)
    told = [Why(value) for value in why(layers, made, covered, METRES, limit)]
    assert told == [Why.GATE, Why.UNLINKED, Why.DISTANCE, Why.UNLINKED, Why.COVERED]
    assert made.building_links.reason[[1, 3]].tolist() == [Reason.BARRIER, Reason.TOO_FAR]


def test_a_barrier_is_the_reason_where_the_way_round_is_too_long():
    river = frame([LineString([(0, -400), (0, 400)])], kind=["river"])
    streets = [LineString([(-300, 0), (-5, 0)]), LineString([(5, 0), (300, 0)])]
    layers = Layers(frame(streets), frame([Point(-1, 5)]), frame([Point(100, 2)]), barriers=river)
    made = prepare(layers)
    covered = search(made, METRES, REACH).covered(10**9)
    assert [Why(v) for v in why(layers, made, covered, METRES, 10**9)] == [Why.BARRIER]
