"""Link anew what stands near a change, with the rules and the code of the whole place, in its numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.walking.compounds import Compounds
from gis.walking.gateways import together
from gis.walking.incremental.around import world_around
from gis.walking.incremental.state import Ground, State, Stations
from gis.walking.leaving import Doors, leave
from gis.walking.link import Leaving
from gis.walking.model import Bools, Direct, Floats, Int32s, Int64s, Links, Objects, StreetKind
from gis.walking.prepare import Ground as Linking
from gis.walking.prepare import link_up
from gis.walking.walls import Walled

REACH_MM = 151_000.0
"""Nothing links farther than 150 m; a little more, so that rounding decides nothing."""


@dataclass(frozen=True, slots=True)
class Relinked:
    """Links of some buildings and stations (rows rising; the links' points count in them), and direct pairs.

    `direct` are all pairs, in rows of the place, in which one of these buildings or stations is.
    """

    buildings: Int64s
    building_links: Links
    stations: Int64s
    station_links: Links
    direct: Direct


def relink(state: State, boxes: Floats, stations: Int64s, compounds: Int64s) -> Relinked:
    """What stands near one of the `boxes` (k, 4; mm), these stations, and all that is in these compounds.

    Whoever is relinked brings the whole compound along that he is in: its gates, and everybody's ways inside.
    """
    ground, placed = state.ground, state.stations
    near = ground.near(boxes, REACH_MM)
    stations = np.union1d(stations, _stations_near(placed, boxes, near))
    touched = np.zeros(len(state.compounds.shape) + 1, dtype=np.bool_)  # the last for -1, outside
    for sides in (compounds, ground.inside[near], placed.inside[stations]):
        touched[sides] = True
    touched[-1] = False
    inner = np.flatnonzero(touched[ground.inside]) if touched.any() else near[:0]
    near = np.union1d(near, inner)
    stations = np.union1d(stations, np.flatnonzero(touched[placed.inside]))
    sides = np.flatnonzero(touched)
    walled = _with_yards(state.walled, sides)
    homes = _leave(ground, state.compounds, ground.footprints(near), near.astype(np.int32), near)
    home = placed.home[stations]
    goals = _leave(ground, state.compounds, placed.shape[stations], home, home.astype(np.int64))
    gates = np.flatnonzero(
        (state.compounds.outward | state.compounds.inward) & touched[state.compounds.gate_compound]
    )
    leaving = np.concatenate((homes.geometry, goals.geometry, state.compounds.gate_point[gates]))
    streets, edge = world_around(state.walled, state.rows.box, ground.blocks, leaving)
    home_links, goal_links, inside = link_up(
        Linking(walled, state.compounds, _fences(ground, state.compounds, sides), edge),
        streets,
        (homes, len(near)),
        (goals, len(stations)),
        gates,
    )
    inside = Direct(
        near[inside.point].astype(np.int32), stations[inside.station].astype(np.int32), inside.leg_um
    )
    direct = together(_own(placed, near, stations), inside)
    return Relinked(near, home_links, stations, goal_links, direct)


def _stations_near(placed: Stations, boxes: Floats, homes: Int64s) -> Int64s:
    """Stations that stand near one of the boxes, or in one of these buildings."""
    at = shapely.bounds(placed.shape).reshape(-1, 4)
    near = np.zeros(len(at), dtype=np.bool_)
    for box in boxes:
        near |= (
            (at[:, 0] <= box[2] + REACH_MM)
            & (at[:, 2] >= box[0] - REACH_MM)
            & (at[:, 1] <= box[3] + REACH_MM)
            & (at[:, 3] >= box[1] - REACH_MM)
        )
    near |= np.isin(placed.home, homes)
    return np.flatnonzero(near)


def _leave(ground: Ground, compounds: Compounds, shapes: Objects, own: Int32s, home: Int64s) -> Leaving:
    """The departures of points with these shapes, who leave by the doors of the buildings `home` (-1: none)."""
    low = np.searchsorted(ground.doors.point, home, side="left")
    count = np.searchsorted(ground.doors.point, home, side="right") - low
    point = np.repeat(np.arange(len(home)), count)
    door = np.repeat(low - np.cumsum(count) + count, count) + np.arange(len(point))
    doors = Doors(point.astype(np.int64), ground.doors.geometry[door])
    every = np.concatenate((shapes, doors.geometry))
    bounds = shapely.total_bounds(every) if len(every) else np.full(4, np.nan)
    some, number = _around(compounds, bounds)
    left = leave(shapes, own, doors, _in_box(ground.knives, bounds), some)
    side = np.where(left.side >= 0, number[left.side], -1).astype(np.int32) if len(number) else left.side
    return Leaving(left.point, left.geometry, left.own, side, left.quality)


def _around(compounds: Compounds, bounds: Floats) -> tuple[Compounds, Int64s]:
    """The compounds that meet a box, in their order, without gates; and their rows."""
    rows = np.flatnonzero(_meets(compounds.shape, bounds))
    none = Compounds.none()
    return Compounds(
        compounds.code[rows], compounds.shape[rows], none.gate_code, none.gate_compound, none.gate_point,
        none.outward, none.inward,
    ), rows  # fmt: skip


def _in_box(shapes: Objects, bounds: Floats) -> Objects:
    return np.asarray(shapes[_meets(shapes, bounds)], dtype=object)


def _meets(shapes: Objects, box: Floats) -> Bools:
    if not len(shapes):
        return np.empty(0, dtype=np.bool_)
    at = shapely.bounds(shapes).reshape(-1, 4)
    meets: Bools = (at[:, 0] <= box[2]) & (at[:, 2] >= box[0]) & (at[:, 1] <= box[3]) & (at[:, 3] >= box[1])
    return meets


def _fences(ground: Ground, compounds: Compounds, sides: Int64s) -> Objects:
    """The barriers that can stand in the way inside these compounds."""
    if not len(sides):
        return ground.barriers[:0]
    west, south, east, north = shapely.total_bounds(compounds.shape[sides])
    return _in_box(ground.barriers, np.array([west - 1e3, south - 1e3, east + 1e3, north + 1e3]))


def _with_yards(walled: Walled, sides: Int64s) -> Walled:
    """`walled` with the yards of these compounds numbered; a yard lies within one compound, for gates are left out."""
    network = walled.network
    if not len(sides):
        nothing = np.zeros(0, dtype=np.bool_)
        return Walled(network, walled.edge_side, np.zeros(network.nodes, np.int32), nothing, nothing)
    mine = np.zeros(int(max(walled.edge_side.max(), sides.max())) + 2, dtype=np.bool_)
    mine[sides] = True
    mine[-1] = False
    edge = np.flatnonzero(mine[walled.edge_side])
    node, ends = np.unique(np.concatenate((network.edge_u[edge], network.edge_v[edge])), return_inverse=True)
    ends = ends.reshape(2, -1)
    count, label = 0, np.empty(0, np.int32)
    if len(node):
        ones = np.ones(len(edge), np.int8)
        matrix = coo_array((ones, (ends[0], ends[1])), shape=(len(node), len(node)))
        count, label = connected_components(matrix, directed=False)
    yard = np.full(network.nodes, count, dtype=np.int32)  # the last: whatever is in none of these
    yard[node] = label
    gate = network.kind == StreetKind.GATE
    leads_out, leads_in = np.zeros(count + 1, dtype=np.bool_), np.zeros(count + 1, dtype=np.bool_)
    leads_out[yard[network.edge_u[gate & network.forward]]] = True
    leads_in[yard[network.edge_u[gate & network.backward]]] = True
    return Walled(network, walled.edge_side, yard, leads_out, leads_in)


def _own(placed: Stations, buildings: Int64s, stations: Int64s) -> Direct:
    """Stations at 0 m from their own building, where the one or the other is among these."""
    there = placed.home >= 0
    mine = np.zeros(len(placed.home), dtype=np.bool_)
    mine[stations] = True
    mine |= np.isin(placed.home, buildings)
    station = np.flatnonzero(there & mine)
    return Direct(
        placed.home[station].astype(np.int32), station.astype(np.int32), np.zeros(len(station), np.int64)
    )
