"""The compiled loop that turns reached nodes into pairs of stations and buildings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gis.base.compiled import compiled
from gis.walking.kernels import UNREACHABLE, Ints, Seeds, Shorts


class Doors(NamedTuple):
    """Per node (or station), by rows in order of cost: the buildings that can walk to it and what that costs them."""

    start: Ints
    building: Shorts
    cost: Ints


@compiled
def _enter(  # noqa: PLR0917 - inlined by the compiler
    doors: Doors, row: Any, here: Any, limit: Any, ceiling: Any, best: Any, mine: Any, met: Any
) -> Any:
    """Offer the buildings of one row of doors at `here` more; those met first are appended to `mine`."""
    for index in range(doors.start[row], doors.start[row + 1]):
        cost, building = here + doors.cost[index], doors.building[index]
        if cost > limit:
            break
        if cost < best[building] and cost <= ceiling[building]:
            if best[building] == UNREACHABLE:
                mine[met] = building
                met += 1
            best[building] = cost
    return met


@compiled
def join_each(
    reach: Seeds, doors: Doors, straight: Doors, first: Any, last: Any, limit: Any, ceiling: Any
) -> Any:
    """Pairs of the stations first..last-1: how many each has, and the buildings (sorted) and costs of all.

    `reach` holds the reached nodes of these stations by rows, the first at row 0; `straight` by station what
    needs no node; `ceiling` (b) is the most a building's cost may be beside `limit`.
    """
    best = np.full(ceiling.size, UNREACHABLE, np.int64)
    mine = np.empty(ceiling.size, np.int32)
    buildings, costs = np.empty(65536, np.int32), np.empty(65536, np.int64)
    counts = np.zeros(last - first, np.int64)
    found = 0
    for station in range(first, last):
        met = _enter(straight, station, 0, limit, ceiling, best, mine, 0)
        for index in range(reach.start[station - first], reach.start[station - first + 1]):
            met = _enter(doors, reach.node[index], reach.cost[index], limit, ceiling, best, mine, met)
        if found + met > buildings.size:
            room = max(2 * buildings.size, found + met)
            more_buildings, more_costs = np.empty(room, np.int32), np.empty(room, np.int64)
            more_buildings[:found], more_costs[:found] = buildings[:found], costs[:found]
            buildings, costs = more_buildings, more_costs
        buildings[found : found + met] = np.sort(mine[:met])
        for index in range(found, found + met):
            costs[index] = best[buildings[index]]
            best[buildings[index]] = UNREACHABLE
        counts[station - first] = met
        found += met
    return counts, buildings[:found].copy(), costs[:found].copy()


@compiled
def transpose(start: Ints, other: Shorts, cost: Ints, fresh_start: Ints, who: Shorts, paid: Ints) -> None:
    """Rows by `other`: fills `who` and `paid`; `fresh_start` has the row starts and is left as it was."""
    place = fresh_start[:-1].copy()
    for row in range(start.size - 1):
        for index in range(start[row], start[row + 1]):
            at = place[other[index]]
            place[other[index]] = at + 1
            who[at], paid[at] = row, cost[index]
