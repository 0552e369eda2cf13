"""Put what was made anew into the arrays of the whole place, in their order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from gis.walking.incremental.change import Change, EdgePatch, Step
from gis.walking.incremental.relink import Relinked
from gis.walking.incremental.state import State
from gis.walking.model import Bools, Direct, Int64s, Links, Network
from gis.walking.prepare import Prepared
from gis.walking.repair_kernels import kept_links, merge_links, replace_edges, replace_rows

_COLUMNS = ("edge", "position_um", "leg_um", "gate")


def spliced(
    state: State,
    ready: Prepared,
    network: Network,
    made: Relinked,
    number: Int64s,
    patch: EdgePatch | None = None,
) -> Step:
    """The place with `network` (changed by `patch`) and what was linked anew on it.

    `state` is the new one, `ready` the old one; `number` leads from station rows to new ones, -1 for one that moved.
    """
    edges = patch.edge_number if patch else np.arange(ready.network.edges, dtype=np.int64)
    stations = len(state.stations.home)
    gone, anew = number < 0, np.zeros(stations, dtype=np.bool_)
    anew[made.stations] = True
    gone[~gone] = anew[number[~gone]]
    station_links = spliced_links(
        ready.station_links, made.station_links, made.stations, gone, number, edges, stations
    )
    homes = ready.building_links
    if patch or not _as_before(homes, made):
        homes = replaced_links(homes, made.building_links, made.buildings, edges)
    direct = spliced_direct(ready.direct, made, number, homes.points, stations)
    moved = _moved(ready.station_links, station_links, made.stations, number, edges)
    after = replace(ready, network=network, building_links=homes, station_links=station_links, direct=direct)
    return Step(state, after, Change(number, moved, made.buildings, patch))


def _as_before(homes: Links, made: Relinked) -> bool:
    """Whether the buildings have the links that they had, on the same edges."""
    if not len(made.buildings):
        return True
    was, now = only_some(homes, made.buildings), made.building_links
    return all(np.array_equal(getattr(was, name), getattr(now, name)) for name in Links.__slots__)


def only_some(links: Links, rows: Int64s) -> Links:
    """`path.only_points` for few of many: found by search, for links are sorted by point."""
    wanted = rows.astype(np.int32)
    low = np.searchsorted(links.point, wanted, side="left")
    count = np.searchsorted(links.point, wanted, side="right") - low
    local = np.repeat(np.arange(len(rows), dtype=np.int32), count)
    at = np.repeat(low - np.cumsum(count) + count, count) + np.arange(len(local))
    return Links(
        local, links.edge[at], links.position_um[at], links.leg_um[at], links.gate[at], links.quality[rows],
        links.reason[rows],
    )  # fmt: skip


def _moved(before: Links, after: Links, rows: Int64s, number: Int64s, edges: Int64s) -> Int64s:
    """Which of the stations `rows` (new numbers) have other links than before."""
    old = np.full(after.points, -1, dtype=np.int64)
    old[number[number >= 0]] = np.flatnonzero(number >= 0)
    moved = []
    for row in rows.tolist():
        mine = only_some(after, np.array([row]))
        if old[row] >= 0:
            was = only_some(before, old[row : row + 1])
            pairs = (
                (edges[was.edge], mine.edge),
                (was.position_um, mine.position_um),
                (was.leg_um, mine.leg_um),
            )
            if all(np.array_equal(a, b) for a, b in pairs):
                continue
        moved.append(row)
    return np.array(moved, dtype=np.int64)


def replaced_links(old: Links, new: Links, rows: Int64s, edge_number: Int64s) -> Links:
    """`old` in new edge numbers, the points `rows` (rising) with the links of `new`: the same points, other links."""
    wanted = rows.astype(np.int32)
    low = np.searchsorted(old.point, wanted, side="left").astype(np.int64)
    high = np.searchsorted(old.point, wanted, side="right").astype(np.int64)
    start = np.searchsorted(new.point, np.arange(len(rows) + 1)).astype(np.int64)
    count = len(old.point) - int((high - low).sum()) + len(new.point)

    def column(name: str, given: Any) -> Any:
        made: Any = np.empty(count, getattr(old, name).dtype)
        if name == "edge":
            number = edge_number.astype(np.int32)
            if not replace_edges(old.edge, new.edge, low, high, start, number, made):
                raise AssertionError("a link that was kept leads to an edge that is gone")
        else:
            replace_rows(getattr(old, name), given, low, high, start, made)
        return made

    columns = {"point": wanted[new.point], **{name: getattr(new, name) for name in _COLUMNS}}
    with ThreadPoolExecutor(2) as pool:  # copying a hundred megabytes: the kernels hold no lock
        made = dict(zip(columns, pool.map(column, columns, columns.values()), strict=True))
    quality, reason = old.quality.copy(), old.reason.copy()
    quality[rows], reason[rows] = new.quality, new.reason
    return Links(
        made["point"], made["edge"], made["position_um"], made["leg_um"], made["gate"], quality, reason
    )


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
