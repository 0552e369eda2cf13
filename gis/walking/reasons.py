"""Why a building is not covered: the first counterfactual that would cover it; and what is borderline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import IntEnum

import numpy as np

from gis.walking.cost import graph
from gis.walking.model import REACH_UM, Bools, Int64s, Links, Network, Profile, Reason, Uint8s
from gis.walking.network import islands
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.search import Nearest, nearest

BORDER_UM = 25_000_000
BORDER_PERCENT = 3
ISLAND = "island"
"""The detail of `distance` where no street of a building hangs together with a street of any station."""


class Why(IntEnum):
    """Why a building is not covered, in the order in which the reasons are tried."""

    COVERED = 0
    UNLINKED = 1
    CLOSED = 2
    GATE = 3
    BARRIER = 4
    CAPACITY = 5
    DISTANCE = 6


def reach(profile: Profile, limit: int) -> int:
    """How far to search: the limit, or 3,000 m on level ground in the profile's unit where that is more."""
    return max(limit, REACH_UM * 1000 // profile.speed_mm_s)


def borderline(cost: Int64s, reached: Bools, profile: Profile, limit: int) -> Bools:
    """Which costs miss or keep the limit by at most max(25 m, 3 %), in time profiles times speed; integers."""
    margin = np.abs(np.where(reached, cost, 0) - limit)
    allowed = max(100 * BORDER_UM * 1000, BORDER_PERCENT * limit * profile.speed_mm_s)
    answer: Bools = reached & (100 * profile.speed_mm_s * margin <= allowed)
    return answer


def search(ready: Prepared, profile: Profile, limit: int) -> Nearest:
    """The nearest stations of all buildings of `ready`, exact up to `limit`."""
    return nearest(
        graph(ready.network, profile), ready.building_links, ready.station_links, ready.direct, limit
    )


def explain(
    covered: Bools, link_reason: Uint8s, changes: Iterable[tuple[Why, Callable[[], Bools]]]
) -> Uint8s:
    """`Why` of every building (b,): covered, else without a link, else the first change that covers, else distance.

    `link_reason` are the links as they are when every gate that ever opens is open. The changes are asked in the
    order given, and only while somebody is left without a reason; each is one search of the place.
    """
    answer = np.full(len(covered), Why.DISTANCE, dtype=np.uint8)
    answer[link_reason != Reason.LINKED] = Why.UNLINKED
    answer[covered] = Why.COVERED
    for change, would_cover in changes:
        left = answer == Why.DISTANCE
        if not left.any():
            break
        answer[left & would_cover()] = change
    return answer


def why(
    layers: Layers,
    ready: Prepared,
    covered: Bools,
    profile: Profile,
    limit: int,
    *,
    usable_gates: Bools | None = None,
    open_stations: Bools | None = None,
) -> Uint8s:
    """`Why` of every building of files, searched anew: the same order as `explain`.

    `covered` is the answer to explain, `ready` the place without hours. `usable_gates` and `open_stations` say
    that a time was asked for; every counterfactual is searched with all open that ever opens.
    """
    shut = usable_gates is not None and not usable_gates.all()
    rows = np.flatnonzero(open_stations) if open_stations is not None else None
    closed = shut or (rows is not None and len(rows) < ready.station_links.points)

    def changed(*, open_all_gates: bool = False, without_barriers: bool = False) -> Bools:
        other = prepare(
            layers, crs=ready.crs, open_all_gates=open_all_gates, without_barriers=without_barriers
        )
        return search(other, profile, limit).covered(limit)

    changes: list[tuple[Why, Callable[[], Bools]]] = []
    if closed:
        changes.append((Why.CLOSED, lambda: search(ready, profile, limit).covered(limit)))
    if ready.facts.get("gates") and ready.station_links.points:
        changes.append((Why.GATE, lambda: changed(open_all_gates=True)))
    if _fenced(layers) and ready.station_links.points:
        changes.append((Why.BARRIER, lambda: changed(without_barriers=True)))
    return explain(covered, ready.building_links.reason, changes)


def on_islands(network: Network, homes: Links, stations: Links) -> Bools:
    """Which points of `homes` (b) are linked, but to no part of the network that a station is linked to.

    False for all where no station has a link: then nobody's streets are to blame.
    """
    label, _ = islands(network)
    served = np.zeros(int(label.max(initial=-1)) + 1, dtype=np.bool_)
    served[label[network.edge_u[stations.edge]]] = True
    linked, joined = (np.zeros(homes.points, dtype=np.bool_) for _ in range(2))
    linked[homes.point] = True
    joined[homes.point[served[label[network.edge_u[homes.edge]]]]] = True
    alone: Bools = linked & ~joined & bool(served.any())
    return alone


def only_open(ready: Prepared, rows: Int64s | None) -> Prepared:
    """`ready` with these of its stations alone (indices, rising; None: all), renumbered."""
    if rows is None:
        return ready
    links = only_points(ready.station_links, rows)
    return replace(
        ready, station_links=links, direct=only_stations(ready.direct, rows, ready.station_links.points)
    )


def _fenced(layers: Layers) -> bool:
    barriers, compounds = layers.barriers, layers.compounds
    return (barriers is not None and len(barriers) > 0) or (compounds is not None and len(compounds) > 0)
