"""Which rows of a tree of counts stay unpublished, so that nobody can work out a small one from the others.

A row is an area, its columns are counts of the same area (residents, their age bands, households). What is
published of a row is published whole, so that sums within a row (covered + uncovered = total, age bands =
residents) help nobody: whatever split holds for every area holds for every way to share out what is hidden.

A parent is the sum of its children and of what belongs to it directly. The mass of a hidden row that no published
row below it accounts for is its free mass; seen from outside, every hidden row under the same published parent
may hold all the free mass of that parent or none. So the parent's free mass is how far each of them is from known.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

K = 10
"""Counts below this are small; zero as well, for it says something about everybody there."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def suppressed_rows(
    parent: npt.ArrayLike,
    values: npt.ArrayLike,
    k: int = K,
    *,
    least: npt.ArrayLike | None = None,
    also: npt.ArrayLike | None = None,
    holders: bool = True,
) -> Bools:
    """True for the rows (n,) that are not published.

    `parent` (n,) is the row of the parent, -1 for none; `values` (n, m) are counts, totals of the subtree;
    `least` (n, m) is what everybody knows to be there anyway (a house is lived in), `also` (n,) what is not
    published for another reason. The hidden are these, all rows with a count below `k`, and as many more that every
    hidden count could be anything over a span wider than 2 `k`, for whoever knows all that is published and, with
    `holders`, also all of one subtree. Where a subtree does not suffice its root is hidden, up to the whole tree.
    The smallest rows are hidden first, of equal ones the first.
    Raises ValueError where children add up to more than their parent.
    """
    tree = _Tree(np.asarray(parent, np.int64), np.asarray(values, np.int64), least, k, holders=holders)
    tree.hide_small()
    if also is not None:
        tree.hidden[: tree.rows] |= np.asarray(also, np.bool_)
    for row in tree.bottom_up:
        tree.settle(row)
    return tree.hidden[: tree.rows]


class _Tree:
    """The rows, what is hidden so far, and the free mass of each row as of now."""

    def __init__(
        self, parent: Ints, values: Ints, least: npt.ArrayLike | None, k: int, *, holders: bool
    ) -> None:
        self.rows = len(parent)
        values = values.reshape(self.rows, -1)
        floor = np.zeros_like(values) if least is None else np.asarray(least, np.int64).reshape(values.shape)
        self.parent, self.values, self.floor = _with_rest(parent, values, np.minimum(floor, values))
        self.width, self.holders = 2 * k, holders
        self.k = k
        self.mass = self.values.sum(axis=1)
        self.hidden = np.zeros(len(self.parent), dtype=np.bool_)
        self.free = np.zeros_like(self.values)
        children: list[list[int]] = [[] for _ in self.parent]
        real = np.arange(len(self.parent)) < self.rows  # what no row shows is hidden at no cost
        for row in np.lexsort((self.mass, real)).tolist():
            if self.parent[row] >= 0:
                children[self.parent[row]].append(row)
        self.children = children
        self.bottom_up = _bottom_up(self.parent, children)

    def hide_small(self) -> None:
        self.hidden[:] = (self.values < self.k).any(axis=1)

    def settle(self, row: int) -> None:
        """Make the sum of a row's children safe; those below are settled already."""
        below = self.children[row]
        if below and not self.hidden[row] and self.hidden[below].any() and not self._covered(row):
            self.hidden[row] = True
        if self.hidden[row]:
            self._hide_below(row)

    def _hide_below(self, row: int) -> None:
        """Hide children of a hidden row until it is not their known sum, and take its free mass."""
        below = self.children[row]
        if not below:
            self.free[row] = self.values[row] - self.floor[row]
            return
        living = [child for child in below if self.mass[child]]
        wanted = min(2 if self.holders else 1, len(living))
        for child in living:
            if sum(bool(self.hidden[c]) for c in living) >= wanted:
                break
            if not self.hidden[child]:
                self._hide(child)
        self.free[row] = self.free[_hidden_of(below, self.hidden)].sum(axis=0)

    def _hide(self, row: int) -> None:
        self.hidden[row] = True
        self._hide_below(row)

    def _covered(self, row: int) -> bool:
        """Hide children of a published row until they cover for each other; False where they cannot."""
        below = self.children[row]
        if not self._enough(self.values[below] - self.floor[below], self.mass[below] > 0):
            return False
        for child in below:
            hidden = _hidden_of(below, self.hidden)
            if self._enough(self.free[hidden], self.mass[hidden] > 0):
                return True
            if not self.hidden[child]:
                self._hide(child)
        hidden = _hidden_of(below, self.hidden)
        return self._enough(self.free[hidden], self.mass[hidden] > 0)

    def _enough(self, free: Ints, living: Bools) -> bool:
        """Whether hidden rows with this free mass are safe, also from who holds one of them."""
        known = free.max(axis=0, initial=0) if self.holders else 0
        return bool(
            living.sum() >= (3 if self.holders else 2) and (free.sum(axis=0) - known > self.width).all()
        )


def _hidden_of(rows: list[int], hidden: Bools) -> Ints:
    listed = np.asarray(rows, np.int64)
    return listed[hidden[listed]]


def _with_rest(parent: Ints, values: Ints, floor: Ints) -> tuple[Ints, Ints, Ints]:
    """What a parent has beyond its children becomes a child of its own: anybody can subtract."""
    has = parent >= 0
    added, known = np.zeros_like(values), np.zeros_like(floor)
    np.add.at(added, parent[has], values[has])
    np.add.at(known, parent[has], floor[has])
    inner = np.unique(parent[has])
    rest = values[inner] - added[inner]
    if (rest < 0).any():
        raise ValueError("children add up to more than their parent")
    extra = (rest > 0).any(axis=1)
    rest_floor = np.clip(floor[inner] - known[inner], 0, rest)[extra]
    return (
        np.concatenate([parent, inner[extra]]),
        np.concatenate([values, rest[extra]]),
        np.concatenate([floor, rest_floor]),
    )


def _bottom_up(parent: Ints, children: list[list[int]]) -> Iterable[int]:
    order = np.flatnonzero(parent < 0).tolist()
    for row in order:  # grows as it is read: every row before its children
        order += children[row]
    return reversed(order)
