"""What stands on the ground: nothing overlaps, doors are on façades, gates in walls, streets connect."""

from __future__ import annotations

import networkx as nx
import numpy as np
import shapely

from sample_data.generate import Sample
from tests.sample_data.conftest import Measured


def _pairs(a: np.ndarray, b: np.ndarray, predicate: str = "intersects") -> np.ndarray:
    return np.asarray(shapely.STRtree(a).query(b, predicate=predicate))


def test_geometries_are_valid(sample: Measured) -> None:
    for name in ("areas", "buildings", "compounds", "streets", "barriers"):
        assert shapely.is_valid(sample[name]).all()
        assert not shapely.is_empty(sample[name]).any()


def test_buildings_do_not_touch_each_other_nor_streets_nor_barriers(sample: Measured) -> None:
    buildings = sample["buildings"]
    one, two = _pairs(buildings, buildings)
    assert (one == two).all()
    assert not _pairs(buildings, sample["streets"]).size
    assert not _pairs(buildings, sample["barriers"]).size
    shifted = shapely.transform(buildings[:1], lambda xy: xy + 0.5)
    assert _pairs(buildings, shifted).size, "the check must be able to see an overlap"


def test_buildings_stand_back_from_streets(sample: Measured) -> None:
    streets = sample["streets"]
    kind = sample.sample.layers["streets"]["kind"].to_numpy()
    roads = streets[(kind != "footway") & (kind != "steps")]
    far = shapely.STRtree(roads).query_nearest(sample["buildings"], return_distance=True, all_matches=False)[
        1
    ]
    assert far.min() > 4.0
    assert np.median(far) < 60.0


def test_every_building_is_in_the_district(sample: Measured) -> None:
    areas = sample.sample.layers["areas"]
    outline = sample["areas"][(areas["level"] == "district").to_numpy()][0]
    shapely.prepare(outline)
    assert shapely.covers(outline, sample["buildings"]).all()


def test_buildings_of_a_walled_compound_are_inside_and_others_are_not(sample: Measured) -> None:
    layers: Sample = sample.sample
    owner = layers.layers["buildings"]["compound"]
    shape = dict(zip(layers.layers["compounds"]["code"], sample["compounds"], strict=True))
    mine = owner.notna().to_numpy()
    walls = np.array([shape[c] for c in owner[mine]], dtype=object)
    assert shapely.covers(walls, sample["buildings"][mine]).all()
    assert not _pairs(sample["compounds"], sample["buildings"][~mine]).size


def test_doors_are_on_facades(sample: Measured) -> None:
    layers = sample.sample.layers
    shape = dict(zip(layers["buildings"]["code"], sample["buildings"], strict=True))
    hosts = np.array([shape[c] for c in layers["entrances"]["building"]], dtype=object)
    off = shapely.distance(shapely.boundary(hosts), sample["entrances"])
    assert off.max() < 0.02
    flats = layers["buildings"].loc[layers["buildings"]["use"] == "residential", "code"]
    assert flats.isin(layers["entrances"]["building"]).all()


def test_stations_are_in_their_building_and_have_a_door(sample: Measured) -> None:
    layers = sample.sample.layers
    shape = dict(zip(layers["buildings"]["code"], sample["buildings"], strict=True))
    housed = layers["stations"]["building"].notna().to_numpy()
    hosts = np.array([shape[c] for c in layers["stations"]["building"][housed]], dtype=object)
    assert shapely.contains(hosts, sample["stations"][housed]).all()
    assert layers["stations"]["building"][housed].isin(layers["entrances"]["building"]).all()
    assert layers["stations"]["building"][housed].is_unique, "one building, one facility"
    far = shapely.STRtree(sample["streets"]).query_nearest(
        sample["stations"], return_distance=True, all_matches=False
    )[1]
    assert np.quantile(far, 0.95) < 60.0
    assert far.max() < 150.0


def test_gates_are_in_the_wall_which_is_open_there(sample: Measured) -> None:
    layers = sample.sample.layers
    gates, compounds = layers["gates"], layers["compounds"]
    shape = dict(zip(compounds["code"], sample["compounds"], strict=True))
    rings = np.array([shapely.boundary(shape[c]) for c in gates["compound"]], dtype=object)
    assert shapely.distance(rings, sample["gates"]).max() < 1e-6
    walls = sample["barriers"][(layers["barriers"]["kind"] == "wall").to_numpy()]
    far = shapely.STRtree(walls).query_nearest(sample["gates"], return_distance=True, all_matches=False)[1]
    open_gate = (gates["access"] != "closed").to_numpy()
    assert far[open_gate].min() > 1.0
    assert far[~open_gate].max() < 0.01
    assert gates["compound"].isin(compounds.loc[compounds["walled"], "code"]).all()
    assert compounds.loc[compounds["walled"], "code"].isin(gates["compound"]).mean() > 0.95


def test_paths_pass_walls_only_at_gates(sample: Measured) -> None:
    layers = sample.sample.layers
    walls = sample["barriers"][(layers["barriers"]["kind"] == "wall").to_numpy()]
    assert not _pairs(walls, sample["streets"]).size
    rings = shapely.boundary(sample["compounds"][layers["compounds"]["walled"].to_numpy()])
    line, ring = shapely.STRtree(sample["streets"]).query(rings, predicate="intersects")[::-1]
    cut = shapely.intersection(sample["streets"][line], rings[ring])
    assert len(cut)
    gate = shapely.STRtree(sample["gates"]).query_nearest(cut, return_distance=True, all_matches=False)[1]
    assert gate.max() < 1.0


def test_streets_are_one_connected_network(sample: Measured) -> None:
    streets = sample.sample.layers["streets"]
    graph = nx.Graph()
    ends = [(tuple(g.coords[0]), tuple(g.coords[-1])) for g in streets.geometry]
    graph.add_edges_from(ends)
    assert nx.number_connected_components(graph) == 1
    land = streets[~streets["bridge"]]
    graph = nx.Graph([(tuple(g.coords[0]), tuple(g.coords[-1])) for g in land.geometry])
    assert nx.number_connected_components(graph) == 2, "without bridges the river divides the streets"
    assert len({frozenset(e) for e in ends}) == len(ends), "no street twice"


def test_streets_meet_only_at_nodes(sample: Measured) -> None:
    streets = sample["streets"]
    assert not _pairs(streets, streets, "crosses").size
    kinds = set(sample.sample.layers["streets"]["kind"])
    assert {"primary", "secondary", "tertiary", "residential", "footway"} <= kinds


def test_only_bridges_cross_water_and_only_ways_over_or_under_cross_the_railway(sample: Measured) -> None:
    layers = sample.sample.layers
    kind, streets = layers["barriers"]["kind"], layers["streets"]
    river, rail = (sample["barriers"][(kind == k).to_numpy()] for k in ("river", "railway"))
    wet = np.unique(_pairs(sample["streets"], river)[1])
    assert len(wet) >= 2
    assert streets["bridge"].iloc[wet].all()
    over = np.unique(_pairs(sample["streets"], rail)[1])
    assert len(over) >= 3
    level_crossing = streets["name"].iloc[over].str.endswith("道口").to_numpy()
    assert (streets["tunnel"].iloc[over] | streets["bridge"].iloc[over] | level_crossing).all()
    assert (streets.loc[streets["bridge"], "level"] == 1).all()
    assert (streets.loc[streets["tunnel"], "level"] == -1).all()


def test_slopes_are_gentle_and_true(sample: Measured) -> None:
    slope = sample.sample.layers["streets"]["slope_pct"]
    assert slope.abs().max() < 12
    assert (slope.abs() > 0.5).any()
