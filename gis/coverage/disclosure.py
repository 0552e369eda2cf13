"""Which counts of people leave in a file: no small one, and none that anybody could work out from the others.

What is known outside anyway is what `area_people_public` tells: the people of areas, but for its hidden rows. A file
adds two things to it. It splits an area's people into covered and not covered, and it counts them by building.
Each side of the split is a tree of its own (areas, then the buildings of that side), and so are the buildings under
the public count of their grid; `gis.base.suppress` is asked about each until none wants more hidden (decision 0020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.base.suppress import K, suppressed_rows

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Homes:
    """Lived-in buildings: the row of their grid (-1: none), whether covered, and their counts (b, m)."""

    area: Ints
    covered: Bools
    counts: Ints


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is left out: `split` (a + 1,) of areas, the last row everything; `buildings` (b,) their counts.

    `people` (a + 1,) are areas of which no count of people is told at all.
    """

    people: Bools
    split: Bools
    buildings: Bools


def withheld(parent: Ints, unseen: Bools, homes: Homes) -> Withheld:
    """What a file must not tell of areas (a,) with these parents (-1: none) and of these homes (b,).

    `unseen` (a,) are areas whose people are not public.
    """
    tree = _Place(parent, unseen, homes)
    while tree.grows():
        pass
    split = tree.split | tree.unseen
    return Withheld(tree.unseen, split, tree.buildings)


class _Place:
    """The areas under one root of everything, and what is hidden so far."""

    def __init__(self, parent: Ints, unseen: Bools, homes: Homes) -> None:
        count = len(parent)
        self.root = count
        self.parent = np.append(np.where(parent < 0, count, parent), -1)
        self.unseen = np.append(unseen, bool(unseen[parent < 0].any()))
        self.homes = homes
        self.area = np.where(homes.area < 0, count, homes.area)
        self.depth = _depths(self.parent)
        sides = [self._sum(side.astype(np.int64)[:, None])[:, 0] for side in (homes.covered, ~homes.covered)]
        one_sided = ((sides[0] == 0) | (sides[1] == 0)) & ~self.unseen
        self.known = self._below(one_sided)
        self.split = self.unseen & ~self.known
        self.buildings = self.unseen[self.area] | (homes.area < 0) | (homes.counts < 1).any(axis=1)

    def grows(self) -> bool:
        """Ask every tree once; whether any wanted more hidden."""
        before = int(self.split.sum()), int(self.buildings.sum())
        for side in (self.homes.covered, ~self.homes.covered):
            use = side & ~self.known[self.area]
            while self._asks(use):
                pass
        self._ask_grids()
        return before != (int(self.split.sum()), int(self.buildings.sum()))

    def _sum(self, values: Ints, use: Bools | None = None) -> Ints:
        """Counts of homes summed up the tree (a + 1, m)."""
        total = np.zeros((len(self.parent), values.shape[1]), dtype=np.int64)
        rows = slice(None) if use is None else use
        np.add.at(total, self.area[rows], values[rows])
        for level in range(int(self.depth.max(initial=0)), 0, -1):
            mine = np.flatnonzero(self.depth == level)
            np.add.at(total, self.parent[mine], total[mine])
        return total

    def _below(self, rows: Bools) -> Bools:
        """Those rows and everything under them."""
        found = rows.copy()
        for level in range(1, int(self.depth.max(initial=0)) + 1):
            mine = np.flatnonzero(self.depth == level)
            found[mine] |= found[self.parent[mine]]
        return found

    def _asks(self, use: Bools) -> bool:
        """Ask about one side, from the lowest areas up, until an area can no more be told; whether one could not.

        The homes of an area that is not told stand under the next one above that is, and cover for each other there.
        """
        told = ~self.split & (self._sum(np.ones((len(use), 1), np.int64), use)[:, 0] > 0)
        under = self._nearest(np.where(told, np.arange(len(told)), -1))
        sums = self._sum(self.homes.counts, use)
        homes = np.flatnonzero(use)
        home_of, area_of = under[self.area[homes]], np.where(self.parent < 0, -1, under[self.parent])
        for row in np.flatnonzero(told)[np.argsort(-self.depth[told], kind="stable")].tolist():
            mine, below = homes[home_of == row], np.flatnonzero(told & (area_of == row))
            hidden = _local(
                sums[row], np.vstack([sums[below], self.homes.counts[mine]]), self.buildings, below, mine
            )
            gone = np.append([row] if hidden[0] else [], below[hidden[1 : len(below) + 1]]).astype(np.int64)
            if len(gone):
                self.split[gone] = True
                return True
            self.buildings[mine] |= hidden[len(below) + 1 :]
        return False

    def _nearest(self, place: Ints) -> Ints:
        """For every area the place of itself or of the nearest above that has one."""
        found = place.copy()
        for level in range(1, int(self.depth.max(initial=0)) + 1):
            mine = np.flatnonzero((self.depth == level) & (found < 0))
            found[mine] = found[self.parent[mine]]
        return found

    def _ask_grids(self) -> None:
        """The homes of each area, and of each side of it that is told, cover for each other, or none is told.

        Moving people between homes of one side of one area changes no sum that anybody knows: what covers there
        covers whatever else is told. Of an area whose split is not told no home is; where the homes of a side cannot
        cover for each other the split is not told.
        """
        self.buildings |= self.split[self.area] & ~self.known[self.area]
        for side in (self.homes.covered, ~self.homes.covered):
            for group in self._groups(np.flatnonzero(side & ~self.known[self.area])):
                if self._ask_homes(group):
                    self.split[self.area[group[0]]] = True
        for group in self._groups(np.arange(len(self.area))):
            self._ask_homes(group)

    def _groups(self, rows: Ints) -> list[Ints]:
        """Rows of homes by their area."""
        order = rows[np.argsort(self.area[rows], kind="stable")]
        return np.split(order, np.flatnonzero(np.diff(self.area[order])) + 1) if len(order) else []

    def _ask_homes(self, group: Ints) -> bool:
        """Hide homes until they cover for each other; whether they cannot, so that none is told."""
        if not self.buildings[group].any() and not (self.homes.counts[group] < K).any():
            return False
        counts = self.homes.counts[group]
        hidden = _local(counts.sum(axis=0), counts, self.buildings, group[:0], group)
        self.buildings[group] |= hidden[0] | hidden[1:]
        return bool(hidden[0])


def _local(whole: Ints, parts: Ints, silent: Bools, areas: Ints, homes: Ints) -> Bools:
    """What must be hidden of one sum (first) and of its parts: areas that are told, then homes."""
    also = np.concatenate([np.zeros(1 + len(areas), np.bool_), silent[homes]])
    if not also.any() and (whole >= K).all() and (parts >= K).all():
        return also
    least = np.concatenate([[len(homes)], np.zeros(len(areas), np.int64), np.ones(len(homes), np.int64)])
    return suppressed_rows(
        np.append(-1, np.zeros(len(parts), np.int64)),
        np.vstack([whole, parts]),
        least=np.repeat(least, parts.shape[1]),
        also=also,
    )


def _depths(parent: Ints) -> Ints:
    depth = np.zeros(len(parent), dtype=np.int64)
    up = parent.copy()
    while (up >= 0).any():
        depth += up >= 0
        up = np.where(up >= 0, parent[up], -1)
    return depth
