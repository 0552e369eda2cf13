"""Put what was made anew into the arrays of the whole place, in their order."""

from __future__ import annotations

import numpy as np

from gis.walking.incremental.relink import Relinked
from gis.walking.model import Bools, Direct, Int64s, Links
from gis.walking.repair_kernels import kept_links, merge_links


def spliced_links(
    old: Links, new: Links, rows: Int64s, gone: Bools, number: Int64s, edge_number: Int64s, points: int
) -> Links:
    """`old` without the points `gone`, renumbered (`number` of points, `edge_number` of edges), with `new` in it.

    The points of `new` are the new numbers `rows`, rising; together they are `points` points.
    """
    named = np.asarray(rows[new.point], dtype=np.int32)
    count = kept_links(old.point, gone) + len(named)
    out = (
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int32),
    )
    sound = merge_links(
        (old.point, old.edge, old.position_um, old.leg_um, old.gate),
        (named, new.edge, new.position_um, new.leg_um, new.gate),
        gone,
        number,
        edge_number,
        out,
    )
    if not sound:
        raise AssertionError("a link that was kept leads to an edge that is gone")
    kept = ~gone
    facts = []
    for before, made in ((old.quality, new.quality), (old.reason, new.reason)):
        fact = np.zeros(points, np.uint8)
        fact[number[kept]] = before[kept]
        fact[rows] = made
        facts.append(fact)
    return Links(*out, *facts)


def spliced_direct(
    old: Direct, made: Relinked, station_number: Int64s, buildings: int, stations: int
) -> Direct:
    """`old` without the pairs of relinked buildings and stations, in new station numbers, with theirs."""
    home, goal = np.zeros(buildings, np.bool_), np.zeros(stations + 1, np.bool_)
    home[made.buildings] = True
    goal[made.stations] = True
    goal[-1] = True  # of a station that is gone
    station = station_number[old.station]
    kept = ~home[old.point] & ~goal[station]
    point = np.concatenate((old.point[kept], made.direct.point))
    station = np.concatenate((station[kept], made.direct.station))
    leg = np.concatenate((old.leg_um[kept], made.direct.leg_um))
    order = np.lexsort((station, point))
    return Direct(point[order].astype(np.int32), station[order].astype(np.int32), leg[order])
