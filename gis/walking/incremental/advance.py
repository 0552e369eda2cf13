"""One edit in a prepared place: which of its parts are made anew, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from gis.walking.columns import words
from gis.walking.edits import AddStation, CloseStation, Edit, MoveStation, SetStationHours
from gis.walking.incremental.change import Change
from gis.walking.incremental.relink import Relinked, relink
from gis.walking.incremental.splice import spliced_direct, spliced_links
from gis.walking.incremental.state import State, Stations
from gis.walking.model import Int64s, Objects
from gis.walking.places import has_area, inside_of, to_mm
from gis.walking.prepare import Layers, Prepared


@dataclass(frozen=True, slots=True)
class Step:
    """A place after an edit, and what the edit did to it."""

    state: State
    ready: Prepared
    change: Change


def advance(state: State, ready: Prepared, layers: Layers, edit: Edit) -> Step | None:
    """The place after `edit`, made of the place before it; `layers` are those after it (`apply_edits`).

    None where the edit has to be computed in full.
    """
    same = np.arange(len(state.stations.home), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    if isinstance(edit, CloseStation | SetStationHours):  # who may be chosen changes, nothing that is linked
        return Step(state, ready, Change(same, nothing, nothing))
    if isinstance(edit, AddStation | MoveStation):
        return _station(state, ready, layers, edit)
    return None


def _station(state: State, ready: Prepared, layers: Layers, edit: AddStation | MoveStation) -> Step:
    row = int(np.flatnonzero(layers.stations["code"].to_numpy() == edit.code)[0])
    before = state.stations
    number = np.arange(len(before.home), dtype=np.int64)
    sides = np.empty(0, dtype=np.int64)
    if isinstance(edit, AddStation):
        number[row:] += 1
    else:
        number[row] = -1
        sides = before.inside[row : row + 1].astype(np.int64)
    shape, home, inside = _place_station(state, layers, row)
    kept = np.flatnonzero(number >= 0)
    placed = Stations(
        *(
            np.concatenate((old[kept][:row], one, old[kept][row:]))
            for old, one in ((before.shape, shape), (before.home, home), (before.inside, inside))
        )
    )
    state = replace(state, stations=placed)
    rows = np.array([row], dtype=np.int64)
    made = relink(state, np.empty((0, 4)), rows, sides)
    return Step(state, _ready(state, ready, made, number), Change(number, made.stations, made.buildings))


def _place_station(state: State, layers: Layers, row: int) -> tuple[Objects, np.ndarray, np.ndarray]:
    """A station's shape, its own building and its compound; no edit names a building, so a footprint decides."""
    shape = to_mm(layers.stations.iloc[[row]], state.ground.crs)
    home = -1
    named = words(layers.stations.iloc[[row]], "building")[0]
    assert named is None
    if not has_area(shape)[0] and shape[0] is not None:
        near = state.ground.near(shapely.bounds(shape).reshape(-1, 4), 0.0)
        body = state.ground.footprints(near)
        fits = has_area(body) & shapely.within(shape[0], body)
        near, body = near[fits], body[fits]
        if len(near):
            last = np.lexsort((near, shapely.area(body)))[-1]
            home, shape = int(near[last]), body[last : last + 1]
    return shape, np.array([home], dtype=np.int32), inside_of(shape, state.compounds.shape)


def _ready(state: State, ready: Prepared, made: Relinked, number: Int64s) -> Prepared:
    """`ready` with what was linked anew; the network stays."""
    edges = np.arange(ready.network.edges, dtype=np.int64)
    stations = len(state.stations.home)
    gone = number < 0
    anew = np.zeros(stations, dtype=np.bool_)
    anew[made.stations] = True
    gone[~gone] = anew[number[~gone]]
    station_links = spliced_links(
        ready.station_links, made.station_links, made.stations, gone, number, edges, stations
    )
    direct = spliced_direct(ready.direct, made, number, ready.building_links.points, stations)
    homes = ready.building_links
    if len(made.buildings):
        gone = np.zeros(homes.points, dtype=np.bool_)
        gone[made.buildings] = True
        same = np.arange(homes.points, dtype=np.int64)
        homes = spliced_links(homes, made.building_links, made.buildings, gone, same, edges, homes.points)
    return replace(ready, building_links=homes, station_links=station_links, direct=direct)
