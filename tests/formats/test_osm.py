"""OpenStreetMap extracts: the foot rules, edges cut at shared nodes, and the counts of real extracts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.base.errors import Invalid, Unsupported
from gis.formats import osm_rules
from gis.formats.graphml import read_graphml
from gis.formats.osm import cut_positions, read_osm
from tests.formats.places import real

NODES = {
    1: (126.600, 45.700), 2: (126.601, 45.700), 3: (126.602, 45.700), 4: (126.601, 45.701),
    5: (126.601, 45.699), 10: (126.610, 45.710), 11: (126.611, 45.710), 12: (126.611, 45.711),
    13: (126.610, 45.711), 20: (126.6102, 45.7102), 21: (126.6104, 45.7102), 22: (126.6104, 45.7104),
    23: (126.6102, 45.7104),
}  # fmt: skip


def osm_text(ways: str, node_tags: dict[int, dict[str, str]] | None = None) -> str:
    """A small map in OSM XML."""
    tags = node_tags or {}
    nodes = "".join(
        f'<node id="{n}" lon="{x}" lat="{y}" version="1">'
        + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.get(n, {}).items())
        + "</node>"
        for n, (x, y) in NODES.items()
    )
    return f'<?xml version="1.0"?><osm version="0.6">{nodes}{ways}</osm>'


def way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{n}"/>' for n in nodes)
    marks = "".join(f'<tag k="{k.replace("__", ":")}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{number}" version="1">{refs}{marks}</way>'


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "cycleway"}, False),
        ({"highway": "cycleway", "foot": "designated"}, True),
        ({"highway": "footway", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "permissive"}, True),
        ({"highway": "primary", "foot": "no"}, False),
        ({"highway": "trunk", "motorroad": "yes"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "proposed"}, False),
    ],
)
def test_who_may_walk(tags: dict[str, str], walked: bool) -> None:
    assert osm_rules.walkable(tags) is walked


@pytest.mark.parametrize(
    ("tags", "both"),
    [
        ({"highway": "residential", "oneway": "yes"}, (True, True)),  # a vehicle's
        ({"highway": "footway", "oneway": "yes"}, (True, False)),
        ({"highway": "steps", "oneway": "-1"}, (False, True)),
        ({"highway": "residential", "oneway:foot": "yes"}, (True, False)),
        ({"highway": "path", "oneway": "yes", "oneway:foot": "no"}, (True, True)),
        ({"highway": "steps", "conveying": "forward"}, (True, False)),
        ({"highway": "steps", "conveying": "backward"}, (False, True)),
        ({"highway": "steps", "conveying": "reversible"}, (True, True)),
        ({"highway": "footway", "foot:backward": "no"}, (True, False)),
        ({"highway": "footway", "foot:forward": "no"}, (False, True)),
    ],
)
def test_directions_follow_the_walking_rules(tags: dict[str, str], both: tuple[bool, bool]) -> None:
    assert osm_rules.directions(tags) == both


@pytest.mark.parametrize(
    ("text", "slope"),
    [("5%", 5.0), ("-3.5 %", -3.5), ("up", None), ("45°", 100.0), (None, None), ("900%", None)],
)
def test_slopes(text: str | None, slope: float | None) -> None:
    assert osm_rules.slope_pct(text) == slope


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({}, "public"),
        ({"access": "private"}, "resident"),
        ({"locked": "yes"}, "closed"),
        ({"locked": "yes", "access": "private"}, "resident"),
        ({"access": "no"}, "closed"),
        ({"access": "private", "foot": "yes"}, "public"),
        ({"access": "employees"}, "staff"),
    ],
)
def test_gate_classes(tags: dict[str, str], access: str) -> None:
    assert osm_rules.gate_access(tags) == access


@pytest.mark.parametrize(
    ("tags", "area", "kind"),
    [
        ({"waterway": "river"}, False, "river"),
        ({"waterway": "river", "tunnel": "culvert"}, False, None),
        ({"railway": "rail"}, False, "railway"),
        ({"railway": "rail", "bridge": "viaduct"}, False, None),
        ({"railway": "subway", "layer": "-2"}, False, None),
        ({"barrier": "wall"}, False, "wall"),
        ({"barrier": "hedge"}, False, None),
        ({"highway": "motorway"}, False, "motorway"),
        ({"natural": "water"}, True, "water"),
        ({"natural": "water", "water": "river"}, True, "river"),
        ({"natural": "coastline"}, False, "water"),
        ({"natural": "coastline"}, True, None),  # an island is no lake
        ({"waterway": "stream"}, False, None),
    ],
)
def test_barriers(tags: dict[str, str], area: bool, kind: str | None) -> None:
    assert osm_rules.barrier_kind(tags, area=area) == kind


def test_stations_by_table() -> None:
    assert (
        osm_rules.station_type({"amenity": "community_centre", "name": "江沿社区党群服务中心"})
        == "party_mass_center"
    )
    assert osm_rules.station_type({"amenity": "community_centre"}) == "culture_station"
    assert osm_rules.station_type({"amenity": "school", "isced:level": "1;2"}) == "primary_school"
    assert osm_rules.station_type({"amenity": "bench"}) is None


def test_ways_are_cut_where_they_share_a_node_only() -> None:
    refs = np.array([1, 2, 3, 4, 2, 5, 7, 8, 7], dtype=np.int64)
    start = np.array([0, 3, 6, 9], dtype=np.int64)
    assert cut_positions(refs, start).tolist() == [True, True, True, True, True, True, True, False, True]


def test_plazas_that_join_no_street_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    street = way(100, [1, 2, 3], highway="residential")
    joined = way(101, [2, 4, 5, 2], highway="pedestrian", area="yes")
    lone = way(102, [10, 11, 12, 10], highway="pedestrian", area="yes")
    other = way(103, [12, 13, 10, 12], highway="pedestrian", area="yes")  # joins the lone one only
    path.write_text(osm_text(street + joined + lone + other))
    extract = read_osm(path)
    assert {code.split(".")[0] for code in extract.layers["streets"]["code"]} == {"w100", "w101"}
    assert [(one.code, one.value) for one in extract.notes] == [("lone_plazas", "2"), ("plazas", "3")]
    path.write_text(osm_text(lone))
    assert len(read_osm(path).layers["streets"]) == 0


def test_streets_meet_at_shared_nodes_and_a_bridge_passes_over(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    crossing = way(100, [1, 2, 3], highway="residential", name="长堤街") + way(
        101, [4, 2, 5], highway="footway"
    )
    path.write_text(osm_text(crossing))
    streets = read_osm(path).layers["streets"].set_index("code")
    assert sorted(streets.index) == ["w100.1", "w100.2", "w101.1", "w101.2"]
    assert streets.loc["w100.1", "name"] == "长堤街"
    ends = shapely.get_coordinates(shapely.get_point(streets.geometry.values, -1))
    assert (ends == NODES[2]).all(axis=1).sum() == 2
    over = way(100, [1, 3], highway="residential", bridge="yes", layer="1") + way(
        101, [4, 2, 5], highway="footway"
    )
    path.write_text(osm_text(over))
    streets = read_osm(path).layers["streets"].set_index("code")
    assert sorted(streets.index) == ["w100", "w101"]
    assert bool(streets.loc["w100", "bridge"])
    assert streets.loc["w100", "level"] == 1


def test_buildings_with_holes_doors_and_stations(tmp_path: Path) -> None:
    relation = (
        '<relation id="7" version="1"><member type="way" ref="200" role="outer"/>'
        '<member type="way" ref="201" role="inner"/><tag k="type" v="multipolygon"/>'
        '<tag k="building" v="apartments"/><tag k="building:levels" v="7"/></relation>'
    )
    ways = way(200, [10, 11, 12, 13, 10]) + way(201, [20, 21, 22, 23, 20])
    tags = {10: {"entrance": "yes"}, 1: {"entrance": "main"}, 22: {"amenity": "library", "name": "图书馆"}}
    path = tmp_path / "b.osm"
    path.write_text(osm_text(ways + relation, tags))
    extract = read_osm(path)
    building = extract.layers["buildings"].iloc[0]
    assert (building["code"], building["use"], building["storeys"]) == ("r7", "apartments", 7)
    assert len(building.geometry.interiors) == 1
    entrances = extract.layers["entrances"]
    assert entrances[["code", "building"]].to_numpy().tolist() == [["n10", "r7"]]
    assert extract.layers["stations"]["type"].tolist() == ["culture_center"]
    assert "loose_entrances" in {note.code for note in extract.notes}
    assert extract.counted["building_relations"] == 1


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    path.write_text("no map")
    with pytest.raises(Invalid):
        read_osm(path)
    other = tmp_path / "a.csv"
    other.write_text("a")
    with pytest.raises(Unsupported):
        read_osm(other)


def test_graphml_refuses_entities_and_nested_shapes(tmp_path: Path) -> None:
    path = tmp_path / "a.graphml"
    path.write_text('<!DOCTYPE a [<!ENTITY b "c">]><graphml/>')
    with pytest.raises(Invalid) as caught:
        read_graphml(path)
    assert caught.value.code == "xml_doctype"
    space = 'xmlns="http://graphml.graphdrawing.org/xmlns"'
    keys = (
        '<key id="x" for="node" attr.name="x"/><key id="y" for="node" attr.name="y"/>'
        '<key id="g" for="edge" attr.name="geometry"/>'
    )
    nodes = "".join(
        f'<node id="{n}"><data key="x">{NODES[n][0]}</data><data key="y">{NODES[n][1]}</data></node>'
        for n in (1, 2)
    )
    edges = '<edge source="1" target="2"/><edge source="2" target="1"/>'
    path.write_text(f'<graphml {space}>{keys}<graph edgedefault="directed">{nodes}{edges}</graph></graphml>')
    graph = read_graphml(path)
    assert (graph.nodes, graph.edges, len(graph.streets)) == (2, 2, 1)
    bad = '<edge source="1" target="2"><data key="g">GEOMETRYCOLLECTION(POINT(1 1))</data></edge>'
    path.write_text(f'<graphml {space}>{keys}<graph edgedefault="directed">{nodes}{bad}</graph></graphml>')
    with pytest.raises(Invalid) as caught:
        read_graphml(path)
    assert caught.value.code == "bad_geometry"


README_COUNTS = {
    "hsinchu.osm.pbf": (1204, 417, 517),
    "monaco.osm.pbf": (2379, 1207, 699),
    "liechtenstein-2013.osm.pbf": (2753, 3723, None),
    "helsinki.osm.pbf": (2650, 446, 1089),
}


@pytest.mark.data
@pytest.mark.parametrize("name", README_COUNTS)
def test_the_counts_of_real_extracts_come_back(name: str) -> None:
    extract = read_osm(real(f"osm/{name}"))
    highways, buildings, amenities = README_COUNTS[name]
    assert extract.counted["highways"] == highways
    assert extract.counted["building_polygons"] == buildings
    assert amenities in {None, extract.counted["amenities"]}
    assert 0 < extract.counted["walkable"] <= highways
    for frame in extract.layers.values():
        assert frame["code"].is_unique
        assert shapely.is_valid(frame.geometry.to_numpy()).all()


@pytest.mark.data
def test_futian_comes_back() -> None:
    graph = read_graphml(real("osm/futian.graphml"))
    assert (graph.nodes, graph.edges) == (1751, 4009)
    assert graph.streets["code"].is_unique
    assert "footway" in set(graph.streets["kind"])
