"""From the layers of a place to what its circles are drawn on: the open ground and the footprints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from gis.walking.columns import words
from gis.walking.compounds import Compounds, read_compounds
from gis.walking.drawing.footprints import Footprints, footprints
from gis.walking.drawing.ground import Ground
from gis.walking.leaving import leave
from gis.walking.link import Leaving, Ways, link_all, world_of
from gis.walking.model import Bools, Objects
from gis.walking.obstacles import obstacles, segments
from gis.walking.places import has_area, knives_of, to_mm
from gis.walking.prepare import Layers, Place, Prepared, place_of, station_doors
from gis.walking.walls import Walled, sides_of, walled_of

WATER = ("river", "water")
_NEAR_MM = 200_000.0
"""How far from a departure a footprint may stand and still be in the way of a connector."""


def survey(
    layers: Layers, prepared: Prepared, step_m: float, *, usable_gates: Bools | None = None
) -> tuple[Ground, Footprints]:
    """The ground of the place that `prepared` was made of, with a grid of `step_m`, and its buildings.

    `usable_gates` as `prepared` was made with. Station and building numbers are those of `prepared`.
    """
    network, crs = prepared.network, prepared.crs
    compounds = read_compounds(layers.compounds, layers.gates, crs, usable=usable_gates)
    walled = walled_of(network, sides_of(network, compounds))
    place = place_of(layers, walled, compounds, crs, barriers=True)
    goals = leave(
        place.stations, place.home_of_station, station_doors(place), knives_of(place.barriers), compounds
    )
    goals = _only(goals, goals.side >= 0)
    gate_ways, goal_ways = _linked(place, goals, walled, compounds)
    blocks = obstacles(place.barriers, place.is_wall, compounds.shape, np.empty(0, dtype=object))
    ends, _ = segments(np.concatenate((place.barriers, compounds.shape)))
    ground = Ground(
        step_m,
        world_of(network, walled.edge_side, blocks),
        walled,
        compounds,
        place.barriers,
        gate_ways,
        goals,
        goal_ways,
        shapely.STRtree(np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)), dtype=object)),
    )
    return ground, footprints(place.buildings, _water(layers, prepared))


def _water(layers: Layers, prepared: Prepared) -> Objects:
    """Rivers and lakes that have an area, in mm."""
    if layers.barriers is None:
        return np.empty(0, dtype=object)
    wet = to_mm(layers.barriers, prepared.crs)
    return wet[np.isin(words(layers.barriers, "kind").astype(str), WATER) & has_area(wet)]


def _only(leaving: Leaving, keep: Bools) -> Leaving:
    return Leaving(*(getattr(leaving, name)[keep] for name in Leaving.__slots__))


def _linked(place: Place, goals: Leaving, walled: Walled, compounds: Compounds) -> tuple[Ways, Ways]:
    """The ways of gates (rows: gate numbers) and of stations inside compounds, footprints in the way."""
    gate = np.flatnonzero(compounds.outward | compounds.inward).astype(np.int32)
    nothing = np.full(len(gate), -1, dtype=np.int32)
    gates = Leaving(gate, compounds.gate_point[gate], nothing, nothing, nothing.astype(np.uint8))
    every = Leaving(*(np.concatenate((getattr(gates, n), getattr(goals, n))) for n in Leaving.__slots__))
    near = np.unique(
        shapely.STRtree(place.buildings).query(every.geometry, predicate="dwithin", distance=_NEAR_MM)[1]
    )
    own = np.where(np.isin(every.own, near), np.searchsorted(near, every.own), -1).astype(np.int32)
    blocks = obstacles(place.barriers, place.is_wall, compounds.shape, place.buildings[near])
    ways, _ = link_all(replace(every, own=own), world_of(walled.network, walled.edge_side, blocks))
    of_gate = ways.point < len(gate)
    return ways.take(of_gate).renamed(gate.astype(np.int64)), ways.take(~of_gate).moved(-len(gate))
