"""Ways out of a compound and ways inside it: building to gate to street, building to station."""

from __future__ import annotations

import numpy as np

from gis.walking.compounds import Compounds
from gis.walking.link import Leaving, Ways
from gis.walking.model import Bools, Direct, Int64s, Objects
from gis.walking.walls import Walled
from gis.walking.yard import ways_inside


def mapped(leaving: Leaving, ways: Ways, walled: Walled, leads: Bools) -> Bools:
    """Which departures inside a compound stand on a mapped path that leads through a gate (flags by yard)."""
    answer = np.zeros(len(leaving.point), dtype=np.bool_)
    inner = leaving.side[ways.point] >= 0
    yard = walled.yard[walled.network.edge_u[ways.edge[inner]]]
    answer[ways.point[inner][leads[yard]]] = True
    return answer


def through_gates(
    leaving: Leaving, rows: Int64s, compounds: Compounds, passable: Bools, from_gate: Ways, barriers: Objects
) -> Ways:
    """Links of the departures `rows` straight to the passable gates of their compound and on to the streets.

    `from_gate.point` is the gate; the leg of a link is the way inside plus the connector outside.
    """
    gates = np.flatnonzero(passable)
    row, gate = _pairs(rows, leaving.side[rows], gates, compounds.gate_compound[gates])
    leg = ways_inside(
        compounds.gate_compound[gate].astype(np.int64),
        leaving.geometry[row],
        compounds.gate_point[gate],
        compounds.shape,
        barriers,
    )
    free = leg >= 0
    row, gate, leg = row[free], gate[free], leg[free]
    pair, out = _joined_rows(gate, from_gate.point)
    return Ways(
        row[pair],
        from_gate.edge[out],
        from_gate.position_um[out],
        leg[pair] + from_gate.leg_um[out],
        gate[pair],
    )


def _pairs(row: Int64s, key: np.ndarray, other: Int64s, other_key: np.ndarray) -> tuple[Int64s, Int64s]:
    """All pairs of `row` and `other` with equal keys."""
    left, right = _joined_rows(key, other_key)
    return row[left], other[right]


def _joined_rows(left: np.ndarray, right: np.ndarray) -> tuple[Int64s, Int64s]:
    """The positions of all pairs of equal values, in the order of `left`, then of `right`."""
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, side="left")
    count = np.searchsorted(right[order], left, side="right") - low
    mine = np.repeat(np.arange(len(left), dtype=np.int64), count)
    theirs = np.repeat(low - np.cumsum(count) + count, count) + np.arange(len(mine))
    return mine, order[theirs].astype(np.int64)


def within_compound(
    homes: Leaving, stations: Leaving, home_ways: Ways, station_ways: Ways, walled: Walled, compounds: Compounds,
    barriers: Objects,
) -> Direct:  # fmt: skip
    """Building to station inside one compound: straight, unless mapped paths inside join the two."""
    b, s = np.flatnonzero(homes.side >= 0), np.flatnonzero(stations.side >= 0)
    b, s = _pairs(b, homes.side[b], s, stations.side[s])
    if len(b):
        apart = ~np.isin(
            b * len(stations.point) + s, _joined(home_ways, station_ways, walled, len(stations.point))
        )
        b, s = b[apart], s[apart]
    leg = ways_inside(
        homes.side[b].astype(np.int64), homes.geometry[b], stations.geometry[s], compounds.shape, barriers
    )
    free = leg >= 0
    return _shortest(homes.point[b[free]], stations.point[s[free]], leg[free])


def _joined(home_ways: Ways, station_ways: Ways, walled: Walled, stations: int) -> Int64s:
    """Pairs (home · stations + station) of departures that stand on one connected yard of mapped paths inside."""
    found = []
    for ways in (home_ways, station_ways):
        inner = walled.edge_side[ways.edge] >= 0
        yard = walled.yard[walled.network.edge_u[ways.edge[inner]]]
        found.append(np.unique(np.column_stack((ways.point[inner], yard)).reshape(-1, 2), axis=0))
    home, station = _joined_rows(found[0][:, 1], found[1][:, 1])
    pairs: Int64s = found[0][home, 0] * stations + found[1][station, 0]
    return pairs


def together(own: Direct, inside: Direct) -> Direct:
    """Both kinds of direct pairs, sorted, the shorter leg where a pair is in both."""
    return _shortest(
        np.concatenate((own.point, inside.point)),
        np.concatenate((own.station, inside.station)),
        np.concatenate((own.leg_um, inside.leg_um)),
    )


def _shortest(point: np.ndarray, station: np.ndarray, leg: Int64s) -> Direct:
    """The pairs, sorted, each once with its shortest leg."""
    order = np.lexsort((leg, station, point))
    point, station, leg = point[order], station[order], leg[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (point[1:] != point[:-1]) | (station[1:] != station[:-1])
    return Direct(point[first].astype(np.int32), station[first].astype(np.int32), leg[first].astype(np.int64))
