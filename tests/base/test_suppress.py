"""Nobody works out a small count: an attack by linear programs on random trees, and one that must succeed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.base.suppress import K, suppressed_rows
from tests.base.attack import Bools, Ints, row_relations, tree_relations, widths


def random_tree(seed: int, rows: int, columns: int, small: float) -> tuple[Ints, Ints]:
    """Parents and counts: column 0 is the sum of the others; `small` of the leaves hold few."""
    rng = np.random.default_rng(seed)
    parent = np.array([-1, *(int(rng.integers(max(0, row - 8), row)) // 2 for row in range(1, rows))])
    leaf = ~np.isin(np.arange(rows), parent)
    parts = np.where(leaf[:, None], rng.poisson(rng.uniform(5, 80, (rows, 1)), (rows, columns - 1)), 0)
    parts[leaf & (rng.random(rows) < small)] //= 12
    values = np.column_stack([parts.sum(axis=1), parts]) if columns > 1 else parts
    values = np.asarray(values, dtype=np.int64)
    for row in range(rows - 1, 0, -1):
        values[parent[row]] += values[row]
    return parent, values


def under(parent: Ints, top: int) -> Bools:
    mine = np.arange(len(parent)) == top
    for row in range(len(parent)):
        mine[row] |= parent[row] >= 0 and mine[parent[row]]
    return mine


def attack(parent: Ints, values: Ints, hidden: Bools, holder: int | None = None) -> int:
    """How many hidden cells can be told within ±K, by anybody or by who holds one subtree."""
    columns = values.shape[1]
    told = ~hidden
    if holder is not None:
        told = told | under(parent, holder)
        while parent[holder] >= 0 and (parent == parent[holder]).sum() == 1:  # the parent is the same people
            holder = int(parent[holder])
            told[holder] = True
    relations = [tree_relations(parent, columns)]
    if columns > 1:
        relations.append(row_relations(len(parent), columns, 0, list(range(1, columns))))
    known = np.repeat(told[:, None], columns, axis=1)
    wanted = np.flatnonzero(~known.ravel())
    return int((widths(relations, values, known, wanted) <= 2 * K + 1e-6).sum())


@given(st.integers(0, 10**6), st.integers(2, 26), st.integers(2, 4), st.sampled_from([0.0, 0.1, 0.5]))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_tells_a_hidden_cell_within_k(seed: int, rows: int, columns: int, small: float) -> None:
    parent, values = random_tree(seed, rows, columns, small)
    hidden = suppressed_rows(parent, values)
    assert hidden[(values < K).any(axis=1)].all()
    assert attack(parent, values, hidden) == 0
    for holder in np.random.default_rng(seed).permutation(np.flatnonzero(hidden))[:3].tolist():
        assert attack(parent, values, hidden, holder) == 0, holder


@given(st.integers(0, 10**6), st.integers(2, 30), st.sampled_from([0.1, 0.5]))
@settings(max_examples=15)
def test_without_holders_less_is_hidden_and_the_public_still_learns_nothing(
    seed: int, rows: int, small: float
) -> None:
    parent, values = random_tree(seed, rows, 3, small)
    hidden = suppressed_rows(parent, values, holders=False)
    assert attack(parent, values, hidden) == 0
    assert hidden.sum() <= suppressed_rows(parent, values).sum() + 2


def wide_tree(seed: int) -> tuple[Ints, Ints]:
    """A district of 8, each of 8 communities of 10 grids, as people live: counts of four columns."""
    rng = np.random.default_rng(seed)
    parent = np.concatenate([[-1], np.zeros(8), 1 + np.arange(64) // 8, 9 + np.arange(640) // 10]).astype(int)
    grids = rng.multinomial(1, [1.0], 640) * rng.integers(100, 900, (640, 1))
    grids[rng.random(640) < 0.05] = rng.integers(0, 9, (1, 1))
    values = np.zeros((len(parent), 4), dtype=np.int64)
    values[-640:, 1:] = rng.multinomial(grids.ravel(), [0.1, 0.6, 0.3])
    for row in range(len(parent) - 1, 0, -1):
        values[parent[row]] += values[row]
    values[:, 0] = values[:, 1:].sum(axis=1)
    return parent, values


def test_a_district_of_713_areas_keeps_most_of_its_numbers() -> None:
    parent, values = wide_tree(5)
    hidden = suppressed_rows(parent, values)
    small = (values < K).any(axis=1)
    assert small.sum() > 20
    assert hidden.mean() < 0.2
    assert attack(parent, values, hidden) == 0


def test_the_control_primary_suppression_alone_is_broken() -> None:
    parent, values = wide_tree(5)
    assert attack(parent, values, (values < K).any(axis=1)) > 20


def test_the_control_of_holders_a_neighbour_subtracts_where_two_are_hidden() -> None:
    parent = np.array([-1, 0, 0, 0, 0])
    values = np.array([[400], [5], [95], [100], [200]])
    two = suppressed_rows(parent, values, holders=False)
    assert two.tolist() == [False, True, True, False, False]
    assert attack(parent, values, two, holder=2) == 1
    assert attack(parent, values, suppressed_rows(parent, values), holder=2) == 0


def test_where_a_parent_cannot_be_kept_it_is_hidden_up_to_the_root() -> None:
    assert suppressed_rows([-1, 0, 1], [[7], [7], [7]]).all()
    assert suppressed_rows([-1, 0, 0], [[50], [45], [5]]).all()
    only = suppressed_rows([-1, 0, 0, 0, 1, 1], [[1000], [60], [500], [440], [55], [5]])
    assert only.tolist() == [False, True, True, True, True, True]


def test_what_belongs_to_no_child_is_a_child_that_anybody_can_subtract() -> None:
    parent, values = [-1, 0, 0, 0, 0], [[404], [100], [100], [100], [100]]
    assert suppressed_rows(parent, values).sum() == 2
    with pytest.raises(ValueError, match="more than"):
        suppressed_rows([-1, 0], [[1], [2]])


def test_zeros_are_small_and_do_not_hide_each_other() -> None:
    parent = [-1, 0, 0, 0, 0, 0]
    hidden = suppressed_rows(parent, [[300], [0], [0], [0], [150], [150]])
    assert hidden.all()  # two who live there know each other's number by subtraction
    assert suppressed_rows([-1, *[0] * 6], [[450], [0], [0], [0], [150], [150], [150]]).tolist() == [
        False, *[True] * 6,
    ]  # fmt: skip


def test_what_everybody_knows_to_be_there_covers_nobody() -> None:
    parent, values = [-1, 0, 0, 0, 0], [[150], [5], [40], [42], [63]]
    assert suppressed_rows(parent, values).tolist() == [False, True, True, True, False]
    least = [[0], [0], [25], [25], [0]]
    assert suppressed_rows(parent, values, least=least).tolist() == [False, True, True, True, True]


def test_the_same_counts_always_hide_the_same_rows() -> None:
    parent, values = wide_tree(3)
    first = suppressed_rows(parent, values)
    assert (first == suppressed_rows(parent.tolist(), values.tolist())).all()
