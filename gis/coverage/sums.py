"""Sums over homes by area: one pass over the buildings for all areas of all levels, exact in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.coverage import numbers
from gis.coverage.kept import kept
from gis.coverage.model import AreaShares, Share
from gis.coverage.world import World
from gis.walking.model import Bools, Int32s, Int64s


@dataclass(frozen=True, slots=True)
class Homes:
    """The counted buildings (h): their rows, what is counted of them, the row in `areas` of their grid.

    `count` (k, h) is in the order of `names`, `whole` (k, a + 1) its sums by `own`, which is the number of areas
    for a building in no known grid.
    `above` (levels) maps an area row (a + 1) to its area of that level, -1 where it has none.
    """

    rows: Int64s
    names: tuple[str, ...]
    count: Int64s
    own: Int32s
    above: dict[str, Int64s]
    whole: Int64s

    def of(self, name: str) -> Int64s:
        """One thing counted, by home."""
        found: Int64s = self.count[self.names.index(name)]
        return found


def homes(world: World) -> Homes:
    """The homes of a place, worked out once a content of its counts."""
    return kept(world, "homes", lambda: _homes(world))


def _homes(world: World) -> Homes:
    counted = numbers.people(world.buildings)
    rows = np.flatnonzero(counted["buildings"])
    count = np.array([number[rows] for number in counted.values()], dtype=np.int64)
    number = {identifier: row for row, identifier in enumerate(world.areas["id"])}
    areas = len(world.areas)
    own = world.buildings["grid_id"].map(number).fillna(areas).to_numpy(dtype=np.int32)[rows]
    above = {level: _above(world, level) for level in numbers.LEVELS}
    return Homes(rows, tuple(counted), count, own, above, _by_own(count, own, areas))


def _above(world: World, level: str) -> Int64s:
    """Row of the lowest area of `level` on each area's path, itself included; -1 for none and in the last row."""
    number = {identifier: row for row, identifier in enumerate(world.areas["id"])}
    is_level = (world.areas["level"] == level).to_numpy()
    up = np.full(len(world.areas) + 1, -1, dtype=np.int64)
    for row, path in enumerate(world.areas["path"]):
        on = [number[i] for i in path if i in number and is_level[number[i]]]
        if on:
            up[row] = on[-1]
    return up


def _by_own(count: Int64s, own: Int32s, areas: int) -> Int64s:
    """Sums (k, a + 1) by the area a home stands in; the last column is of those in none. Exact below 2^53."""
    sums = [np.bincount(own, weights=number, minlength=areas + 1) for number in count]
    return np.array(sums).astype(np.int64).reshape(len(count), areas + 1)


def summed(world: World, hit: Bools) -> Int64s:
    """Sums (k, a + 1) over the homes among the buildings `hit` (b,), by the area they stand in."""
    place = homes(world)
    chosen = hit[place.rows]
    return _by_own(place.count[:, chosen], place.own[chosen], len(world.areas))


def under(world: World, area: str | None) -> Bools:
    """Which columns of `summed` lie in the subtree of an area (a + 1,); all for None, none for an unknown one."""
    columns = np.ones(len(world.areas) + 1, dtype=np.bool_)
    if area is not None:
        columns[:-1] = numbers.below(world.areas, area)
        columns[-1] = False
    return columns


def totals(world: World, covered: Int64s, columns: Bools) -> dict[str, Share]:
    """Covered of all, over the areas `columns`, of sums made by `summed`."""
    place = homes(world)
    pairs = zip(covered[:, columns].sum(axis=1), place.whole[:, columns].sum(axis=1), strict=True)
    return {name: Share(int(c), int(t)) for name, (c, t) in zip(place.names, pairs, strict=True)}


def by_level(world: World, covered: Int64s, columns: Bools, level: str, listed: Int64s) -> list[AreaShares]:
    """The shares of the areas `listed` (rows of `areas`) of a level, over the homes under `columns`."""
    place = homes(world)
    found, whole = (_lifted(sums, place.above[level], columns) for sums in (covered, place.whole))
    codes, names, levels = (world.areas[column].to_numpy() for column in ("code", "name", "level"))
    return [
        AreaShares(
            codes[row],
            names[row],
            levels[row],
            {
                name: Share(int(found[kind, row]), int(whole[kind, row]))
                for kind, name in enumerate(place.names)
            },
        )
        for row in listed
    ]


def _lifted(sums: Int64s, above: Int64s, columns: Bools) -> Int64s:
    """Sums by the area a home stands in, lifted to the areas of one level above them."""
    lifted = np.zeros_like(sums)
    use = columns & (above >= 0)
    for kind, row in enumerate(sums):
        np.add.at(lifted[kind], above[use], row[use])
    return lifted
