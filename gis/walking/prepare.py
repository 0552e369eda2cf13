"""Layers in, everything a search needs out: network with walls, links of buildings and stations, direct pairs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from gis.walking.columns import words
from gis.walking.compounds import Compounds, read_compounds
from gis.walking.gateways import mapped, through_gates, together, within_compound
from gis.walking.leaving import Doors, leave, quality_of
from gis.walking.link import Leaving, Ways, as_links, link_all, world_of
from gis.walking.link_arrays import World
from gis.walking.model import (
    Bools,
    Direct,
    Int32s,
    Int64s,
    Links,
    Network,
    Objects,
    Quality,
    Reason,
    Uint8s,
)
from gis.walking.network import NetworkReport, build_network, plane
from gis.walking.obstacles import obstacles
from gis.walking.places import has_area, knives_of, to_mm
from gis.walking.walls import Walled, with_walls

_DOOR_TO_WALL_MM = 1_000.0


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of one place; each in any declared CRS, with the columns of the layer files.

    `building_ids` are what entrances and stations name their building by (default: the column `code`).
    """

    streets: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame | None = None
    compounds: gpd.GeoDataFrame | None = None
    gates: gpd.GeoDataFrame | None = None
    entrances: gpd.GeoDataFrame | None = None
    building_ids: Objects | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a search needs. Point numbers are row numbers of the buildings and of the stations."""

    network: Network
    building_links: Links
    station_links: Links
    direct: Direct
    crs: CRS
    report: NetworkReport
    facts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """What links are made on beside streets and obstacles: the network with its walls, compounds, barriers (mm).

    `edge` are the network's edges behind those of the index of streets, where that is of a part only.
    """

    walled: Walled
    compounds: Compounds
    barriers: Objects
    edge: Int64s | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Everything in mm before linking."""

    walled: Walled
    compounds: Compounds
    barriers: Objects
    is_wall: Bools
    buildings: Objects
    stations: Objects
    home_of_station: Int32s
    doors: Doors


def prepare(
    layers: Layers,
    *,
    open_all_gates: bool = False,
    without_barriers: bool = False,
    usable_gates: Bools | None = None,
    crs: CRS | None = None,
) -> Prepared:
    """Build the network and link every building and station of `layers` by the walking rules.

    `open_all_gates` and `without_barriers` are the counterfactuals behind the reasons; `usable_gates` (one
    boolean a gate row) shuts gates outside their hours.
    """
    target = crs or plane(layers.streets)
    network, report = build_network(layers.streets, target)
    compounds = Compounds.none()
    if not without_barriers:
        compounds = read_compounds(
            layers.compounds, layers.gates, target, open_all_gates=open_all_gates, usable=usable_gates
        )
    place = place_of(layers, with_walls(network, compounds), compounds, target, barriers=not without_barriers)
    knives = knives_of(place.barriers)
    rows = np.arange(len(place.buildings), dtype=np.int32)
    homes = leave(place.buildings, rows, place.doors, knives, compounds)
    goals = leave(place.stations, place.home_of_station, station_doors(place), knives, compounds)
    blocks = obstacles(place.barriers, place.is_wall, compounds.shape, place.buildings)
    gates = np.flatnonzero(compounds.outward | compounds.inward)
    homes_ready, goals_ready, inside = link_up(
        Ground(place.walled, compounds, place.barriers),
        world_of(place.walled.network, place.walled.edge_side, blocks),
        (homes, len(place.buildings)),
        (goals, len(place.stations)),
        gates,
    )
    direct = together(_own(place), inside)
    facts = {
        "compounds": len(compounds.shape),
        "gates": len(compounds.gate_code),
        "gates_off_wall": int((compounds.gate_compound < 0).sum()),
        "entrances": len(place.doors.point),
    }
    return Prepared(place.walled.network, homes_ready, goals_ready, direct, target, report, facts)


def place_of(layers: Layers, walled: Walled, compounds: Compounds, crs: CRS, *, barriers: bool) -> Place:
    """The layers in mm, each station in its building; `barriers` false imagines all of them away."""
    buildings = to_mm(layers.buildings, crs)
    ids = layers.building_ids if layers.building_ids is not None else words(layers.buildings, "code")
    number = {name: row for row, name in enumerate(ids) if name is not None}
    stations = to_mm(layers.stations, crs)
    home = _homes(stations, words(layers.stations, "building"), buildings, number)
    stations = stations.copy()
    stations[home >= 0] = buildings[home[home >= 0]]
    fence, is_wall = np.empty(0, dtype=object), np.empty(0, dtype=np.bool_)
    if layers.barriers is not None and barriers:
        fence = to_mm(layers.barriers, crs)
        is_wall = words(layers.barriers, "kind") == "wall"
        there = ~shapely.is_missing(fence)
        fence, is_wall = fence[there], is_wall[there]
    doors = _doors(layers.entrances, number, buildings, crs)
    return Place(walled, compounds, fence, is_wall, buildings, stations, home, doors)


def _homes(stations: Objects, named: Objects, buildings: Objects, number: dict[str, int]) -> Int32s:
    """The building each station is in: the one it names, else the largest footprint that covers it, else -1."""
    home = np.full(len(stations), -1, dtype=np.int32)
    points = stations.copy()
    points[has_area(stations)] = None
    row, building = shapely.STRtree(buildings).query(points, predicate="within")
    area = has_area(buildings)[building]
    row, building = row[area], building[area]
    order = np.lexsort((building, shapely.area(buildings[building])))  # of equal footprints the last row
    home[row[order]] = building[order]
    for station, name in enumerate(named):
        if name in number:
            home[station] = number[name]
    return home


def _doors(entrances: gpd.GeoDataFrame | None, number: dict[str, int], buildings: Objects, crs: CRS) -> Doors:
    """Entrances with their buildings: by name, else the footprint within 1 m; others are left out."""
    if entrances is None or not len(entrances):
        return Doors(np.empty(0, np.int64), np.empty(0, dtype=object))
    point = shapely.centroid(to_mm(entrances, crs))
    row = np.array([number.get(name, -1) for name in words(entrances, "building")], dtype=np.int64)
    there = ~shapely.is_missing(point) & ~shapely.is_empty(point)
    lost = np.flatnonzero((row < 0) & there)
    if len(lost):
        found, near = shapely.STRtree(buildings).query_nearest(
            point[lost], max_distance=_DOOR_TO_WALL_MM, all_matches=False
        )
        row[lost[found]] = near
    keep = there & (row >= 0)
    return Doors(row[keep], np.asarray(shapely.transform(point[keep], np.rint), dtype=object))


def station_doors(place: Place) -> Doors:
    """The entrances of the buildings that stations are in, as the stations' own."""
    order = np.argsort(place.doors.point, kind="stable")
    sorted_rows = place.doors.point[order]
    low = np.searchsorted(sorted_rows, place.home_of_station, side="left")
    high = np.searchsorted(sorted_rows, place.home_of_station, side="right")
    count = high - low
    station = np.repeat(np.arange(len(count)), count)
    start = np.repeat(low - np.concatenate(([0], np.cumsum(count)[:-1])) if len(count) else low, count)
    door = order[start + np.arange(len(station))]
    return Doors(station.astype(np.int64), place.doors.geometry[door])


def link_up(
    ground: Ground, world: World, homes: tuple[Leaving, int], goals: tuple[Leaving, int], gates: Int64s
) -> tuple[Links, Links, Direct]:
    """Links of buildings and of stations (departures, and how many points), and direct pairs inside compounds.

    `gates` are the gates to pass, of every compound that a departure is in; direct pairs inside a compound are
    all of them only where all its departures are given.
    """
    home_ways, home_why, goal_ways, goal_why, gate_ways = _link(homes[0], goals[0], gates, ground, world)
    homes_ready = _finish(ground, homes[0], home_ways, home_why, gate_ways, homes[1], outward=True)
    goals_ready = _finish(ground, goals[0], goal_ways, goal_why, gate_ways, goals[1], outward=False)
    inside = within_compound(
        homes[0], goals[0], home_ways, goal_ways, ground.walled, ground.compounds, ground.barriers
    )
    return homes_ready, goals_ready, inside


def _link(
    homes: Leaving, goals: Leaving, gate: Int64s, ground: Ground, world: World
) -> tuple[Ways, Uint8s, Ways, Uint8s, Ways]:
    """Link buildings, stations and gates in one go; the rows' points are departures (gates: gate numbers)."""
    nothing = np.full(len(gate), -1, dtype=np.int32)
    gates = Leaving(
        gate.astype(np.int32), ground.compounds.gate_point[gate], nothing, nothing, nothing.astype(np.uint8)
    )
    every = Leaving(
        *(
            np.concatenate([getattr(part, name) for part in (homes, goals, gates)])
            for name in Leaving.__slots__
        )
    )
    ways, why = link_all(every, world)
    if ground.edge is not None:
        ways = replace(ways, edge=ground.edge[ways.edge])
    one, two = len(homes.point), len(homes.point) + len(goals.point)
    home_ways = ways.take(ways.point < one)
    goal_ways = ways.take((ways.point >= one) & (ways.point < two)).moved(-one)
    gate_ways = ways.take(ways.point >= two).moved(-two)
    gate_ways = gate_ways.renamed(gate.astype(np.int64))
    return home_ways, why[:one], goal_ways, why[one:two], gate_ways


def _finish(
    ground: Ground, leaving: Leaving, ways: Ways, why: Uint8s, gate_ways: Ways, points: int, *, outward: bool
) -> Links:
    """Add the straight ways through gates, then from departures to points."""
    walled, compounds = ground.walled, ground.compounds
    leads = walled.leads_out if outward else walled.leads_in
    passable = compounds.outward if outward else compounds.inward
    on_path = mapped(leaving, ways, walled, leads)
    rows = np.flatnonzero((leaving.side >= 0) & ~on_path)
    straight = through_gates(leaving, rows, compounds, passable, gate_ways, ground.barriers)
    both = ways.plus(straight)
    linked = np.zeros(len(leaving.point), dtype=np.bool_)
    linked[both.point] = True
    quality = quality_of(leaving, points, linked)
    quality[leaving.point[np.unique(straight.point)]] = Quality.GATE
    stuck = leaving.side >= 0
    stuck[straight.point] = False
    stuck &= ~on_path
    rank = np.where(stuck, Reason.GATE, np.where(linked, Reason.LINKED, why))
    rank[np.flatnonzero(stuck)[_far_gates(compounds, passable, gate_ways)[leaving.side[stuck]]]] = (
        Reason.TOO_FAR
    )
    reason = np.full(points, Reason.NO_PLACE, dtype=np.uint8)
    order = np.argsort(-rank.astype(np.int64), kind="stable")
    reason[leaving.point[order]] = rank[order]  # the lowest is written last: 0 where any departure is linked
    return as_links(both.renamed(leaving.point.astype(np.int64)), quality, reason)


def _far_gates(compounds: Compounds, passable: Bools, gate_ways: Ways) -> Bools:
    """Which compounds have a gate that may be passed, but no street within reach of any such gate."""
    to_street = np.zeros(len(passable), dtype=np.bool_)
    to_street[gate_ways.point] = True
    answer = np.zeros(len(compounds.shape), dtype=np.bool_)
    answer[compounds.gate_compound[passable]] = True
    answer[compounds.gate_compound[passable & to_street]] = False
    return answer


def _own(place: Place) -> Direct:
    """Every station is at 0 m from its own building."""
    station = np.flatnonzero(place.home_of_station >= 0)
    return Direct(
        place.home_of_station[station].astype(np.int32),
        station.astype(np.int32),
        np.zeros(len(station), dtype=np.int64),
    )
