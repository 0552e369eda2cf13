"""A street or a gate is another one: the network around it made anew, and whatever links to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gis.walking.columns import words
from gis.walking.compounds import PATH_TO_GATE_MM
from gis.walking.edit_kinds import AddStreet, RemoveStreet, SetGate
from gis.walking.edits import rows_of
from gis.walking.incremental.change import Change, Step
from gis.walking.incremental.patch import Patched, patched
from gis.walking.incremental.relink import REACH_MM, relink
from gis.walking.incremental.splice import spliced
from gis.walking.incremental.state import State
from gis.walking.incremental.streets import edges_of, lines_of, touching, window
from gis.walking.link import can_link
from gis.walking.model import Bools, Floats, GateAccess, Int64s, Network, Objects, StreetKind
from gis.walking.places import to_mm
from gis.walking.prepare import Layers, Prepared

_NONE = np.empty(0, dtype=np.int64)
_MOST_STREETS = 20_000
"""A window of more streets than this costs as much as everything."""


def set_street(state: State, ready: Prepared, layers: Layers, edit: AddStreet | RemoveStreet) -> Step | None:
    """One street more or less; None where it has to be computed in full."""
    if not state.rows.unique:
        return None
    adds = isinstance(edit, AddStreet)
    row = int(
        (rows_of(layers.streets, edit.code) if adds else np.flatnonzero(state.rows.code == edit.code))[0]
    )
    network = state.walled.network
    if adds:
        lines = to_mm(layers.streets.iloc[[row]], state.ground.crs)
        lines = lines[~shapely.is_missing(lines)]
    else:
        lines = lines_of(network, edges_of(state.rows, np.array([row])))
    number = np.arange(len(state.rows.code), dtype=np.int64)
    number[number >= row] += 1 if adds else -1
    if not adds:
        number[row] = -1
    code = np.insert(state.rows.code, row, edit.code) if adds else np.delete(state.rows.code, row)
    touched = touching(network, state.rows, lines)
    return _rebuilt(state, ready, layers, touched, number, code)


def set_gate(state: State, ready: Prepared, layers: Layers, edit: SetGate) -> Step | None:
    """A gate that others may pass."""
    compounds = state.compounds
    same = np.arange(len(state.stations.home), dtype=np.int64)
    found = np.flatnonzero(words(layers.gates, "code") == edit.code) if layers.gates is not None else _NONE
    if not len(compounds.shape) or compounds.gate_compound[found[0]] < 0:
        return Step(state, ready, Change(same, _NONE, _NONE))
    gate = int(found[0])
    outward, inward = compounds.outward.copy(), compounds.inward.copy()
    outward[gate] = edit.access in {GateAccess.PUBLIC, GateAccess.RESIDENT}
    inward[gate] = edit.access == GateAccess.PUBLIC
    state = replace(state, compounds=replace(compounds, outward=outward, inward=inward))
    if not state.rows.unique:
        return None
    network = state.walled.network
    x, y = shapely.get_coordinates(compounds.gate_point[gate])[0]
    away = np.abs(network.node_xy_mm - np.array([x, y])).max(axis=1)
    beside = away <= PATH_TO_GATE_MM + 1.0
    paths = np.unique(state.rows.row[beside[network.edge_u] | beside[network.edge_v]])
    every = np.arange(len(state.rows.code), dtype=np.int64)
    touched = paths[paths >= 0].astype(np.int64)
    return _rebuilt(state, ready, layers, touched, every, state.rows.code, gate=gate)


def _rebuilt(
    state: State,
    ready: Prepared,
    layers: Layers,
    touched: Int64s,
    number: Int64s,
    code: Objects,
    gate: int | None = None,
) -> Step | None:
    """The streets `touched` (old rows) may be split otherwise; those that touch them meet them at other nodes.

    `number` leads from old street rows to new ones, whose codes are `code`. What touches those again is context: it
    is made anew so that every place is complete, and left as it was.
    """
    network, old = state.walled.network, state.rows
    middle = np.union1d(touched, touching(network, old, lines_of(network, edges_of(old, touched))))
    outer = np.union1d(middle, touching(network, old, lines_of(network, edges_of(old, middle))))
    new = np.flatnonzero(np.bincount(number[number >= 0], minlength=len(code)) == 0)  # the added street
    if len(outer) > _MOST_STREETS:
        return None
    inside = np.union1d(number[middle][number[middle] >= 0], new)
    around = np.union1d(number[outer][number[outer] >= 0], new)
    made = window(layers.streets, around, state.ground.crs, state.compounds)
    rows = replace(old, code=code, row=np.append(number, -1)[old.row].astype(np.int32))
    dropped, taken = edges_of(old, middle), np.flatnonzero(np.isin(made.row, inside))
    dropped, taken = _with_gates(network, dropped, made.network, taken)
    whole = patched(network, state.walled.edge_side, rows, dropped, made, taken)
    if whole is None:
        return None
    return _relinked(state, ready, whole, gate)


def _with_gates(network: Network, dropped: Int64s, part: Network, taken: Int64s) -> tuple[Int64s, Int64s]:
    """Also the gates at the places where dropped and taken edges end."""
    places = {
        tuple(xy)
        for net, edge in ((network, dropped), (part, taken))
        for end in (net.edge_u, net.edge_v)
        for xy in net.node_xy_mm[end[edge]].tolist()
    }
    answer = []
    for net, edge in ((network, dropped), (part, taken)):
        gate = np.flatnonzero(net.kind == StreetKind.GATE)
        there = [tuple(xy) in places for xy in net.node_xy_mm[net.edge_u[gate]].tolist()]
        answer.append(np.union1d(edge, gate[np.array(there, dtype=np.bool_)]))
    return answer[0], answer[1]


def _relinked(state: State, ready: Prepared, whole: Patched, gate: int | None) -> Step:
    """The place on a patched network, with everybody linked anew who may notice."""
    before = state.walled
    boxes = np.concatenate((_stretches(before.network, whole.gone), _stretches(whole.network, whole.fresh)))
    walled = replace(before, network=whole.network, edge_side=whole.side)
    compounds: list[Any] = [before.edge_side[whole.gone], whole.side[whole.fresh], _gates_near(state, boxes)]
    for network, edges in ((before.network, whole.gone), (whole.network, whole.fresh)):
        codes = set(network.code[edges[network.kind[edges] == StreetKind.GATE]])
        mine = np.array([code in codes for code in state.compounds.gate_code], dtype=np.bool_)
        compounds.append(state.compounds.gate_compound[mine])
    if gate is not None:
        compounds.append(state.compounds.gate_compound[gate : gate + 1])
    state = replace(state, walled=walled, rows=whole.rows)
    made = relink(state, boxes, _NONE, np.unique(np.concatenate(compounds)).astype(np.int64))
    same = np.arange(len(state.stations.home), dtype=np.int64)
    return spliced(state, ready, whole.network, made, same, whole.patch)


def _stretches(network: Network, edges: Int64s) -> Floats:
    """Bounds of the segments of those edges that somebody may link to, in mm."""
    edges = edges[can_link(network, edges)]
    lines = lines_of(network, edges)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    low, high = np.minimum(xy[joined], xy[joined + 1]), np.maximum(xy[joined], xy[joined + 1])
    return np.hstack((low, high)).reshape(-1, 4)


def _gates_near(state: State, boxes: Floats) -> Int64s:
    """The compounds with a gate that could link to something in the boxes."""
    compounds = state.compounds
    at = shapely.bounds(compounds.gate_point).reshape(-1, 4)
    near: Bools = np.zeros(len(at), dtype=np.bool_)
    for box in boxes:
        inside = (at[:, 0] <= box[2] + REACH_MM) & (at[:, 2] >= box[0] - REACH_MM)
        near |= inside & (at[:, 1] <= box[3] + REACH_MM) & (at[:, 3] >= box[1] - REACH_MM)
    return np.unique(compounds.gate_compound[near]).astype(np.int64)
