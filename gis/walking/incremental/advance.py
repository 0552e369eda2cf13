"""One edit in a prepared place: which of its parts are made anew, and what comes out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from gis.walking.columns import words
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
    SetGate,
    SetStationHours,
)
from gis.walking.edits import rows_of
from gis.walking.incremental.change import Change, Step
from gis.walking.incremental.rebuild import set_gate, set_street
from gis.walking.incremental.relink import relink
from gis.walking.incremental.splice import spliced
from gis.walking.incremental.state import State, Stations
from gis.walking.model import Objects
from gis.walking.places import has_area, inside_of, to_mm
from gis.walking.prepare import Layers, Prepared


def advance(state: State, ready: Prepared, layers: Layers, edit: Edit) -> Step | None:
    """The place after `edit`, made of the place before it; `layers` are those after it (`apply_edits`).

    All arrays are those that `prepare` makes of `layers` in the same plane, bit for bit; the report alone stays that of
    the last preparation in full. None where the edit has to be computed in full.
    """
    same = np.arange(len(state.stations.home), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    if isinstance(edit, CloseStation | SetStationHours):  # who may be chosen changes, nothing that is linked
        return Step(state, ready, Change(same, nothing, nothing))
    if isinstance(edit, AddStation | MoveStation):
        return _station(state, ready, layers, edit)
    if isinstance(edit, SetGate):
        return set_gate(state, ready, layers, edit)
    assert isinstance(edit, AddStreet | RemoveStreet)
    return set_street(state, ready, layers, edit)


def _station(state: State, ready: Prepared, layers: Layers, edit: AddStation | MoveStation) -> Step:
    row = int(rows_of(layers.stations, edit.code)[0])
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
    return spliced(state, ready, ready.network, made, number)


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
