"""What an attacker works out of published counts: the least and the most every hidden cell can be, by linear programs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def tree_relations(parent: Ints, columns: int) -> csr_array:
    """One equation a parent and column: the parent less its children is 0; cells are numbered row by row."""
    rows, cols, signs = [], [], []
    for number, row in enumerate(np.unique(parent[parent >= 0]).tolist()):
        for sign, cells in ((1, [row]), (-1, np.flatnonzero(parent == row).tolist())):
            for cell in cells:
                for column in range(columns):
                    rows.append(number * columns + column)
                    cols.append(cell * columns + column)
                    signs.append(sign)
    shape = (len(np.unique(parent[parent >= 0])) * columns, len(parent) * columns)
    return coo_array((signs, (rows, cols)), shape=shape).tocsr()


def row_relations(count: int, columns: int, total: int, parts: list[int]) -> csr_array:
    """One equation a row: the column `total` less the columns `parts` is 0."""
    each = np.arange(count)
    rows = np.concatenate([each] * (1 + len(parts)))
    cols = np.concatenate([each * columns + total, *(each * columns + part for part in parts)])
    signs = np.repeat([1, *[-1] * len(parts)], count)
    return coo_array((signs, (rows, cols)), shape=(count, count * columns)).tocsr()


def widths(relations: list[csr_array], values: Ints, known: Bools, wanted: Ints) -> npt.NDArray[np.float64]:
    """How wide the range of each wanted cell is, for who knows the cells `known` and that no count is negative."""
    flat, told = values.ravel().astype(float), known.ravel()
    every = vstack(relations).tocsr()
    sums = -(every @ np.where(told, flat, 0.0))
    found = np.zeros(told.size)
    for cells in _linked(every, ~told):
        matrix = every[:, cells]
        used = np.diff(matrix.indptr) > 0
        matrix, right = matrix[used], sums[used]
        for at in np.flatnonzero(np.isin(cells, wanted)).tolist():
            found[cells[at]] = _end(matrix, right, at, 1.0) + _end(matrix, right, at, -1.0)
    return found[wanted]


def _end(matrix: csr_array, right: npt.NDArray[np.float64], at: int, sign: float) -> float:
    """The most (-1) or less the least (1) a cell can be; infinite where nothing bounds it."""
    cost = np.zeros(matrix.shape[1])
    cost[at] = sign
    if not matrix.shape[0]:
        return 0.0 if sign > 0 else np.inf
    got = linprog(cost, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
    if got.status not in {0, 3}:
        raise AssertionError(got.message)
    return -float(got.fun) if got.status == 0 else np.inf


def _linked(relations: csr_array, unknown: Bools) -> list[Ints]:
    """The unknown cells in groups that no relation ties together: each is a program of its own."""
    cells = np.flatnonzero(unknown)
    part = abs(relations[:, cells])
    count, group = connected_components(part.T @ part, directed=False)
    return [cells[group == number] for number in range(count)]
