"""Why a building is not covered: the first counterfactual that would cover it; and what is borderline."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np

from gis.walking.cost import graph
from gis.walking.model import REACH_UM, Bools, Int64s, Profile, Reason, Uint8s
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.search import Nearest, nearest

BORDER_UM = 25_000_000
BORDER_PERCENT = 3


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


def why(
    layers: Layers,
    ready: Prepared,
    covered: Bools,
    profile: Profile,
    limit: int,
    *,
    usable_gates: Bools | None = None,
    open_stations: Callable[[], Bools] | None = None,
) -> Uint8s:
    """`Why` of every building: unlinked, else the first change that covers it, else distance.

    `covered` is the answer to explain. The changes, each by itself: every gate and station open at all
    hours (`usable_gates`, `open_stations` say that hours were asked for; the latter gives who would be
    covered), every gate open to everybody, no barrier and no wall. Each is one bulk search.
    """
    answer = np.where(covered, Why.COVERED, Why.DISTANCE).astype(np.uint8)
    links = ready.building_links.reason
    answer[~covered & (links != Reason.LINKED)] = Why.UNLINKED

    def explain(change: Why, would_cover: Callable[[], Bools]) -> None:
        if (answer == Why.DISTANCE).any():
            answer[(answer == Why.DISTANCE) & would_cover()] = change

    def changed(*, open_all_gates: bool = False, without_barriers: bool = False) -> Bools:
        other = prepare(
            layers, crs=ready.crs, open_all_gates=open_all_gates, without_barriers=without_barriers
        )
        return search(other, profile, limit).covered(limit)

    if open_stations is not None:
        explain(Why.CLOSED, open_stations)
    if usable_gates is not None:
        explain(Why.CLOSED, changed)
    if ready.facts.get("gates"):
        explain(Why.GATE, lambda: changed(open_all_gates=True))
    if _fenced(layers):
        explain(Why.BARRIER, lambda: changed(without_barriers=True))
    return answer


def _fenced(layers: Layers) -> bool:
    barriers, compounds = layers.barriers, layers.compounds
    return (barriers is not None and len(barriers) > 0) or (compounds is not None and len(compounds) > 0)
