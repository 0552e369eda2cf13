"""Real places through the walking room: networks, links, circles and what must hold of them anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.formats.graphml import read_graphml
from gis.formats.osm import read_osm
from gis.walking.circles import Atlas
from gis.walking.columns import words
from gis.walking.cost import Graph, graph, limit_cost
from gis.walking.model import Bools, Links, Reason
from gis.walking.path import only_points, part_lines
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.profiles import profile
from gis.walking.search import nearest
from tests.formats.places import real

pytestmark = pytest.mark.data

EXTRACTS = ("hsinchu", "monaco", "helsinki")
STREETS_OUT_M, OVER_WATER_M2 = 1e-3, 1.0


@dataclass(frozen=True)
class Town:
    """A real place prepared: every station but stops and shelters."""

    layers: Layers
    prepared: Prepared
    atlas: Atlas
    walk: Graph

    @classmethod
    def of(cls, layers: Layers) -> Town:
        """Prepare a place, walked by adults."""
        ready = prepare(layers)
        return cls(layers, ready, Atlas.of(layers, ready), graph(ready.network, profile("adult")))

    @property
    def rows(self) -> np.ndarray:
        return np.arange(len(self.layers.stations))

    def limit(self, minutes: float) -> int:
        return limit_cost(self.walk.profile, minutes=minutes)

    def largest_island(self) -> float:
        """The share of nodes that hang together."""
        net = self.prepared.network
        ends = coo_matrix((np.ones(net.edges), (net.edge_u, net.edge_v)), shape=(net.nodes, net.nodes))
        return float(np.bincount(connected_components(ends, directed=False)[1]).max() / net.nodes)

    def covered(self, rows: np.ndarray, limit: int) -> Bools:
        """Which buildings are within the limit of any of some stations, by a search of its own."""
        links: Links = only_points(self.prepared.station_links, rows)
        found = nearest(self.walk, self.prepared.building_links, links, self.prepared.direct, limit)
        return np.asarray(found.station >= 0)

    def streets(self, rows: np.ndarray, limit: int) -> np.ndarray:
        """The reached street parts as lines."""
        parts = self.atlas.streets(self.walk, rows, limit)
        long = parts.to_um > parts.from_um
        return part_lines(self.prepared.network, parts.edge[long], parts.from_um[long], parts.to_um[long])

    def over_water_m2(self, shape: shapely.Geometry, streets: np.ndarray) -> float:
        """How much of a drawing is over water and neither bridge nor building."""
        homes = self.atlas.footprints
        wet = shapely.intersection(shape, shapely.union_all(homes.water))
        dry = [shapely.union_all(homes.shape[homes.filled]), shapely.union_all(shapely.buffer(streets, 0.6))]
        return float(shapely.area(shapely.difference(wet, shapely.union_all(dry))))


def town(name: str) -> Town:
    """An extract with its stations of a purpose, in the order of their codes."""
    given = read_osm(real(f"osm/{name}.osm.pbf")).layers
    stations = given["stations"]
    if name != "porto":
        stations = stations[~stations["type"].isin(["bus_stop", "metro", "shelter"])]
    stations = stations.sort_values("code").reset_index(drop=True)
    return Town.of(
        Layers(
            given["streets"], given["buildings"], stations, given["barriers"], None, given["gates"],
            given["entrances"], building_ids=words(given["buildings"], "code"),
        )
    )  # fmt: skip


def agrees(place: Town, limit: int) -> shapely.MultiPolygon:
    """The dissolved drawing, after everything that must hold of it was asked."""
    drawn = place.atlas.dissolved(place.walk, place.rows, limit)
    assert drawn.contradicted == 0
    assert shapely.is_valid(drawn.shape)
    streets = place.streets(place.rows, limit)
    assert shapely.length(shapely.difference(streets, drawn.shape)).sum() < STREETS_OUT_M
    assert place.over_water_m2(drawn.shape, streets) < OVER_WATER_M2
    witness, covered = place.atlas.footprints.witness, place.covered(place.rows, limit)
    known = ~shapely.is_missing(witness)
    assert np.array_equal(shapely.intersects(drawn.shape, witness[known]), covered[known])
    assert 0 < covered.sum() < len(covered) or len(covered) < 20
    return drawn.shape


@pytest.mark.parametrize("name", EXTRACTS)
def test_extracts_are_walked_and_drawn(name: str) -> None:
    place = town(name)
    assert place.largest_island() > 0.85
    reason = place.prepared.building_links.reason
    assert (reason == Reason.LINKED).mean() > 0.9
    assert set(np.unique(reason)) <= {
        Reason.LINKED,
        Reason.TOO_FAR,
        Reason.BARRIER,
        Reason.WALL,
        Reason.BUILDING,
    }
    five, ten = (agrees(place, place.limit(minutes)) for minutes in (5, 10))
    assert shapely.area(shapely.difference(five, shapely.buffer(ten, 0.01))) < 1.0
    parts, whole = place.atlas.nearest(place.walk, place.rows, place.limit(5))
    assert shapely.is_valid(parts).all()
    assert shapely.area(parts).sum() == pytest.approx(shapely.area(whole.shape), abs=1.0)


def test_no_circle_runs_over_the_sea() -> None:
    """Monaco's sea is no area of the map: only its shore says where it begins, and without that it is drawn over."""
    place = town("monaco")
    sea = gpd.GeoSeries.from_xy([7.4275, 7.4293, 7.4300], [43.7300, 43.7325, 43.7290], crs=4326)
    points = sea.to_crs(place.prepared.crs).to_numpy()
    shape = place.atlas.dissolved(place.walk, place.rows, place.limit(10)).shape
    assert not shapely.intersects(shape, points).any()
    dry = Town.of(Layers(place.layers.streets, place.layers.buildings, place.layers.stations))
    assert shapely.intersects(dry.atlas.dissolved(dry.walk, dry.rows, dry.limit(10)).shape, points).any()


def test_a_street_graph_without_buildings_is_walked_and_drawn() -> None:
    streets = read_graphml(real("osm/futian.graphml")).streets
    rng = np.random.default_rng(7)
    xy = shapely.get_coordinates(
        shapely.line_interpolate_point(streets.geometry.to_numpy(), 0.5, normalized=True)
    )
    homes = gpd.GeoDataFrame(geometry=shapely.points(xy + rng.normal(0, 2e-4, xy.shape)), crs=4326)
    stations = (
        homes.iloc[::300].reset_index(drop=True).assign(code=lambda f: [f"S{i:02}" for i in range(len(f))])
    )
    place = Town.of(Layers(streets, homes, stations))
    assert place.largest_island() > 0.95
    assert (place.prepared.building_links.reason == Reason.LINKED).mean() > 0.99
    agrees(place, place.limit(5))


def test_a_region_of_fifty_thousand_streets_is_walked_and_drawn() -> None:
    place = town("porto")
    assert place.prepared.network.edges > 95_000
    assert place.largest_island() > 0.95
    agrees(place, place.limit(5))
