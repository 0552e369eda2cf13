"""Who finds room: no station serves more residents than its capacity.

The rule (docs/walking_rules.md, section 6): pairs of a building and a station within the limit are taken in rising
order of cost, then station code, then building code. A building not served yet is served whole by the station of
its pair, if that has room for all its residents. So a longer limit never takes room away from anybody.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis.base.compiled import compiled
from gis.coverage.world import Reached, World
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import Int32s, Int64s, Links
from gis.walking.pairs import Pairs, pairs
from gis.walking.path import only_points, only_stations
from gis.walking.search import nearest

UNLIMITED = np.iinfo(np.int64).max


def rooms(world: World, stations: Int64s) -> Int64s:
    """How many residents these stations (rows) can serve; UNLIMITED where the capacity is not known."""
    given = pd.to_numeric(world.stations["capacity"].iloc[stations], errors="coerce")
    known = given.to_numpy(dtype=np.float64, na_value=np.nan)
    room: Int64s = np.where(np.isnan(known), -1, known).astype(np.int64)
    room[room < 0] = UNLIMITED
    return room


def served(
    world: World, reached: Reached, links: Links, residents: Int64s, limit: int
) -> tuple[Int32s, Int64s]:
    """The station that serves each building (b), by index into `reached.stations`, and the cost of the walk to it.

    `links` are the buildings' and `residents` (b) all that count. -1 and UNREACHABLE where nobody within `limit` has room.
    """
    room = rooms(world, reached.stations)
    near = reached.nearest
    if (room == UNLIMITED).all():
        inside = near.covered(limit)
        return np.where(inside, near.station, np.int32(-1)), np.where(inside, near.cost, UNREACHABLE)
    ceiling = _unlimited_cost(reached, room, limit, links)
    found = pairs(reached.graph, links, reached.links, reached.direct, limit, ceiling=ceiling)
    return serve(found, residents, room)


def _unlimited_cost(reached: Reached, room: Int64s, limit: int, links: Links) -> Int64s:
    """What the walk to the nearest station without a limit costs (b): nobody walks farther than that."""
    open_to_all = np.flatnonzero(room == UNLIMITED)
    if not len(open_to_all):
        return np.full(links.points, limit, np.int64)
    ends = only_points(reached.links, open_to_all)
    direct = only_stations(reached.direct, open_to_all, reached.links.points)
    return np.minimum(nearest(reached.graph, links, ends, direct, limit).cost, limit)


def serve(found: Pairs, residents: Int64s, room: Int64s) -> tuple[Int32s, Int64s]:
    """Serve buildings by the rule: station (b, -1 for none) and cost (b, UNREACHABLE for none).

    The pairs stand by station and building, so that a stable order by cost settles all ties by code.
    """
    order = np.argsort(found.cost, kind="stable")
    station = np.full(len(residents), -1, np.int32)
    cost = np.full(len(residents), UNREACHABLE, np.int64)
    _serve(order, found.station, found.building, found.cost, residents, room.copy(), station, cost)
    return station, cost


@compiled
def _serve(  # noqa: PLR0917 - compiled
    order: Any, by: Any, building: Any, walk: Any, residents: Any, room: Any, station: Any, cost: Any
) -> None:
    for place in range(len(order)):
        pair = order[place]
        home, near = building[pair], by[pair]
        if station[home] < 0 and residents[home] <= room[near]:
            room[near] -= residents[home]
            station[home] = near
            cost[home] = walk[pair]
