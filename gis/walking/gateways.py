"""Ways out of a compound and ways inside it: building to gate to street, building to station."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    pair = _pairs(rows, leaving.side[rows], gates, compounds.gate_compound[gates])
    row, gate = pair["row"], pair["other"]
    leg = ways_inside(
        compounds.gate_compound[gate].astype(np.int64),
        leaving.geometry[row],
        compounds.gate_point[gate],
        compounds.shape,
        barriers,
    )
    inner = pd.DataFrame({"row": row, "gate": gate, "inside": leg})[leg >= 0]
    outer = pd.DataFrame(
        {
            "gate": from_gate.point,
            "edge": from_gate.edge,
            "at": from_gate.position_um,
            "outside": from_gate.leg_um,
        }
    )
    both = inner.merge(outer, on="gate")
    return Ways(
        both["row"].to_numpy(np.int64),
        both["edge"].to_numpy(np.int64),
        both["at"].to_numpy(np.int64),
        (both["inside"] + both["outside"]).to_numpy(np.int64),
        both["gate"].to_numpy(np.int64),
    )


def _pairs(row: Int64s, key: np.ndarray, other: Int64s, other_key: np.ndarray) -> dict[str, Int64s]:
    left = pd.DataFrame({"row": row, "key": key.astype(np.int64)})
    right = pd.DataFrame({"other": other, "key": other_key.astype(np.int64)})
    both = left.merge(right, on="key")
    return {name: both[name].to_numpy(np.int64) for name in ("row", "other")}


def within_compound(
    homes: Leaving, stations: Leaving, home_ways: Ways, station_ways: Ways, walled: Walled, compounds: Compounds,
    barriers: Objects,
) -> Direct:  # fmt: skip
    """Building to station inside one compound: straight, unless mapped paths inside join the two."""
    b, s = np.flatnonzero(homes.side >= 0), np.flatnonzero(stations.side >= 0)
    pair = _pairs(b, homes.side[b], s, stations.side[s])
    b, s = pair["row"], pair["other"]
    joined = _joined(home_ways, station_ways, walled)
    apart = ~pd.MultiIndex.from_arrays([b, s]).isin(joined)
    b, s = b[apart], s[apart]
    leg = ways_inside(
        homes.side[b].astype(np.int64), homes.geometry[b], stations.geometry[s], compounds.shape, barriers
    )
    best = pd.DataFrame({"point": homes.point[b], "station": stations.point[s], "leg": leg})[leg >= 0]
    best = best.groupby(["point", "station"], as_index=False).agg({"leg": "min"})
    return Direct(
        best["point"].to_numpy(np.int32), best["station"].to_numpy(np.int32), best["leg"].to_numpy(np.int64)
    )


def _joined(home_ways: Ways, station_ways: Ways, walled: Walled) -> pd.MultiIndex:
    """Pairs of departures that stand on one connected yard of mapped paths inside a compound."""
    frames = []
    for ways in (home_ways, station_ways):
        inner = walled.edge_side[ways.edge] >= 0
        yard = walled.yard[walled.network.edge_u[ways.edge[inner]]]
        frames.append(pd.DataFrame({"row": ways.point[inner], "yard": yard}).drop_duplicates())
    both = frames[0].merge(frames[1], on="yard")
    return pd.MultiIndex.from_frame(both[["row_x", "row_y"]])


def together(own: Direct, inside: Direct) -> Direct:
    """Both kinds of direct pairs, sorted, the shorter leg where a pair is in both."""
    frame = pd.DataFrame(
        {
            "point": np.concatenate((own.point, inside.point)),
            "station": np.concatenate((own.station, inside.station)),
            "leg": np.concatenate((own.leg_um, inside.leg_um)),
        }
    )
    frame = frame.groupby(["point", "station"], as_index=False).agg({"leg": "min"})
    return Direct(
        frame["point"].to_numpy(np.int32),
        frame["station"].to_numpy(np.int32),
        frame["leg"].to_numpy(np.int64),
    )
