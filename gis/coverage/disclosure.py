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

from gis.base.suppress import suppressed_rows

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Homes:
    """Lived-in buildings: the row of their grid (-1: none), whether covered, and their counts (b, m).

    `counts` are told by building, `ages` of areas above the grid only.
    """

    area: Ints
    covered: Bools
    counts: Ints
    ages: Ints


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is left out: `split` (a + 1,) of areas, the last row everything; `buildings` (b,) their counts.

    `people` (a + 1,) are areas of which no count of people is told at all.
    """

    people: Bools
    split: Bools
    buildings: Bools


def withheld(parent: Ints, fine: Bools, unseen: Bools, homes: Homes) -> Withheld:
    """What a file must not tell of areas (a,) with these parents (-1: none) and of these homes (b,).

    `fine` (a,) are areas whose ages are not told by coverage (grids), `unseen` (a,) those whose people are not public.
    """
    tree = _Place(parent, fine, unseen, homes)
    while tree.grows():
        pass
    split = tree.split | tree.unseen
    return Withheld(tree.unseen, split, tree.buildings)


class _Place:
    """The areas under one root of everything, and what is hidden so far."""

    def __init__(self, parent: Ints, fine: Bools, unseen: Bools, homes: Homes) -> None:
        count = len(parent)
        self.root = count
        self.parent = np.append(np.where(parent < 0, count, parent), -1)
        self.fine = np.append(fine, False)
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
            self._ask_side(side)
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

    def _ask_side(self, side: Bools) -> None:
        use = side & ~self.known[self.area]
        if not use.any():
            return
        ones = self._sum(np.ones((len(use), 1), np.int64), use)[:, 0]
        rows, homes = np.flatnonzero(ones), np.flatnonzero(use)
        place = np.full(len(self.parent), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        sums = self._sum(self.homes.counts, use)
        above = np.where(self.parent[rows] < 0, -1, place[self.parent[rows]])
        width = sums.shape[1]
        hidden = suppressed_rows(
            np.concatenate([above, place[self.area[homes]]]),
            np.vstack([sums[rows], self.homes.counts[homes]]),
            least=np.repeat(np.append(ones[rows], np.ones(len(homes), np.int64)), width),
            also=np.append(self.split[rows], self.buildings[homes]),
        )
        self.split[rows] |= hidden[: len(rows)]
        self.buildings[homes] |= hidden[len(rows) :]
        self._ask_ages(rows[~self.fine[rows]], np.hstack([sums, self._sum(self.homes.ages, use)]))

    def _ask_ages(self, rows: Ints, values: Ints) -> None:
        """The areas above the grids with all their columns: a row is told whole or not at all."""
        place = np.full(len(self.parent), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        above = np.where(self.parent[rows] < 0, -1, place[self.parent[rows]])
        self.split[rows] |= suppressed_rows(above, values[rows], also=self.split[rows])

    def _ask_grids(self) -> None:
        """The homes of each area whose people are public: where they cannot cover for each other none is told."""
        order = np.argsort(self.area, kind="stable")
        edges = np.flatnonzero(np.diff(self.area[order])) + 1
        for group in np.split(order, edges):
            if not len(group) or (
                not self.buildings[group].any() and not (self.homes.counts[group] < 10).any()
            ):
                continue
            counts = self.homes.counts[group]
            hidden = suppressed_rows(
                np.append(-1, np.zeros(len(group), np.int64)),
                np.vstack([counts.sum(axis=0), counts]),
                least=np.vstack([np.full(counts.shape[1], len(group)), np.ones_like(counts)]),
                also=np.append(False, self.buildings[group]),
            )
            self.buildings[group] |= hidden[0] | hidden[1:]


def _depths(parent: Ints) -> Ints:
    depth = np.zeros(len(parent), dtype=np.int64)
    up = parent.copy()
    while (up >= 0).any():
        depth += up >= 0
        up = np.where(up >= 0, parent[up], -1)
    return depth
