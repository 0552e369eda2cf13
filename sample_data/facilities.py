"""Stations: where each facility stands, in a building near a street, one use of a building at a time."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.base.crs import LONLAT
from sample_data.facility_kinds import Kind, kinds
from sample_data.plane import DECIMALS
from sample_data.spec import Spec, rng_for
from sample_data.subdivide import Ints

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Places:
    """Where facilities may stand: buildings and grids, in metres, and the areas' names."""

    building_xy: Floats
    building_use: npt.NDArray[np.object_]
    building_inside: npt.NDArray[np.bool_]  # inside a walled compound
    building_community: Ints
    street_xy: Floats  # points at the edge of streets
    demand: Floats  # (buildings,) residents
    community_subdistrict: Ints
    community_name: list[str]
    subdistrict_name: list[str]


class _Hosts:
    """Buildings not yet taken, found by use near a place."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.free = np.ones(len(places.building_use), dtype=bool)
        self.trees: dict[tuple[str, bool], tuple[Ints, cKDTree]] = {}

    def take(self, kind: Kind, at: Floats, inside: bool) -> int:
        """The nearest free building of the first use of `kind` within 700 m, else of any; -1 for none."""
        best = -1
        for reach in (700.0, np.inf):
            for use in kind.hosts:
                best = self._nearest(use, at, inside, reach)
                if best >= 0:
                    self.free[best] = False
                    return best
        return best

    def _nearest(self, use: str, at: Floats, inside: bool, reach: float) -> int:
        key = (use, inside)
        if key not in self.trees:
            p = self.places
            rows = np.flatnonzero((p.building_use == use) & (inside | ~p.building_inside))
            self.trees[key] = (rows, cKDTree(p.building_xy[rows] if len(rows) else np.empty((0, 2))))
        rows, tree = self.trees[key]
        if not len(rows):
            return -1
        for k in (8, 64, len(rows)):
            near, found = tree.query(at, k=min(k, len(rows)), distance_upper_bound=reach)
            near, found = np.atleast_1d(near), np.atleast_1d(found)
            found = found[np.isfinite(near)]
            free = found[self.free[rows[found]]]
            if len(free):
                return int(rows[free[0]])
            if len(found) < min(k, len(rows)):
                break
        return -1


def _middles(places: Places) -> Floats:
    """The centre of the residents of each community."""
    n = len(places.community_name)
    weight = places.demand + 1e-6
    total = np.bincount(places.building_community, weight, n)
    return np.column_stack(
        [np.bincount(places.building_community, weight * places.building_xy[:, i], n) / total for i in (0, 1)]
    )


def make_stations(
    spec: Spec, places: Places, building_codes: npt.NDArray[np.object_], seed: int
) -> tuple[pd.DataFrame, Ints]:
    """Stations without geometry, with x and y of those in the open, and their host buildings (-1 none)."""
    rng = rng_for(seed, "stations")
    hosts = _Hosts(places)
    middles = _middles(places)
    street_tree = cKDTree(places.street_xy)
    rows: list[dict[str, object]] = []
    taken: list[int] = []
    open_street = np.ones(len(places.street_xy), dtype=bool)
    for type_id, count in spec.stations.items():
        kind = kinds()[type_id]
        for place in _communities(count, kind, places, rng):
            scatter = 60.0 if type_id == "party_mass_center" else 230.0
            at = middles[place] + rng.normal(0.0, scatter, 2)
            inside = kind.inside and rng.random() < 0.6
            host = hosts.take(kind, at, inside) if kind.hosts else -1
            if host < 0:
                spot = int(street_tree.query(at)[1])
                while not open_street[spot]:
                    spot = (spot + 1) % len(open_street)
                open_street[spot] = False
                at = places.street_xy[spot]
            rows.append(_station(type_id, kind, place, places, rng) | {"x": at[0], "y": at[1]})
            taken.append(host)
    table = pd.DataFrame(rows)
    host_of = np.array(taken, dtype=np.int64)
    table["building"] = np.where(host_of >= 0, building_codes[np.maximum(host_of, 0)], np.array(None))
    nth = table.groupby("name").cumcount() + 1
    again = table.groupby("name")["name"].transform("size") > 1
    table.loc[again, "name"] = table["name"] + "（" + nth.astype(str) + "）"
    return table, host_of


def _communities(count: int, kind: Kind, places: Places, rng: np.random.Generator) -> Ints:
    """Which communities get one: all in turn; for a subdistrict's facility, one in each subdistrict first."""
    n = len(places.community_name)
    if kind.level != "subdistrict":
        return np.resize(rng.permutation(n), count)
    middle = rng.permutation(n)
    first = np.unique(places.community_subdistrict[middle], return_index=True)[1]
    one_each = rng.permutation(middle[first])
    return np.resize(one_each, count)


def _station(
    type_id: str, kind: Kind, community: int, places: Places, rng: np.random.Generator
) -> dict[str, object]:
    label = {
        "community": places.community_name[community],
        "subdistrict": places.subdistrict_name[places.community_subdistrict[community]],
        "district": "江湾区",
        "street": places.community_name[community].removesuffix("社区"),
    }[kind.level]
    if kind.title.startswith("社区"):
        label = label.removesuffix("社区")
    luck = rng.random()
    status = (
        "existing"
        if luck > 0.07 or type_id == "party_mass_hq"
        else "planned"
        if luck < 0.04
        else "under_construction"
    )
    pick = min(int(rng.exponential(0.7)), len(kind.hours) - 1)
    return {
        "type": type_id,
        "name": f"{label}{kind.title}",
        "status": status,
        "hours": kind.hours[pick],
        "floor_area_m2": int(rng.integers(*kind.area_m2)),
        "capacity": int(rng.integers(*kind.capacity)),
        "services": ";".join(kind.services),
    }


def station_layer(
    table: pd.DataFrame, host: Ints, footprints: npt.NDArray[np.object_], open_lonlat: Floats
) -> gpd.GeoDataFrame:
    """The station layer: a point within the host's footprint, or at the edge of the street."""
    inside = shapely.get_coordinates(shapely.point_on_surface(footprints[np.maximum(host, 0)]))
    xy = np.round(np.where((host >= 0)[:, None], inside, open_lonlat), DECIMALS)
    out = table.drop(columns=["x", "y"])
    out.insert(0, "code", [f"S{i + 1:05d}" for i in range(len(out))])
    columns = [
        "code", "type", "name", "status", "hours", "floor_area_m2", "capacity", "services", "building",
    ]  # fmt: skip
    return gpd.GeoDataFrame(out[columns], geometry=shapely.points(xy), crs=LONLAT)
