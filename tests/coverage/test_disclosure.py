"""Nobody works out a small count from a file: linear programs against splits, areas and buildings together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.base.suppress import K, suppressed_rows
from gis.coverage.disclosure import Bools, Homes, Ints, Withheld, withheld
from tests.base.attack import row_relations, tree_relations, widths


@dataclass(frozen=True, slots=True)
class Place:
    """Areas (a) with a root, homes (b), which areas' people are not public."""

    parent: Ints
    unseen: Bools
    homes: Homes


def random_place(seed: int, communities: int, grids: int, most: int, share: float) -> Place:
    """A root, communities, grids, homes of 1 to 90 people; covered by luck, and whole grids at once."""
    rng = np.random.default_rng(seed)
    parent = [-1, *[0] * communities, *rng.integers(1, communities + 1, grids).tolist()]
    per_grid = rng.integers(1, most, grids)
    area = np.repeat(np.arange(grids) + communities + 1, per_grid)
    households = np.maximum(1, rng.poisson(rng.choice([2, 12, 25], len(area))))
    residents = households + rng.poisson(households * 1.5)
    covered = np.where((rng.random(grids) < 0.5)[area - communities - 1], True, rng.random(len(area)) < share)
    homes = Homes(area, covered, np.column_stack([residents, households]))
    tree = np.array(parent)
    whole = np.ones(len(area), bool)
    ends = np.column_stack([summed(tree, homes, whole, count) for count in homes.counts.T])
    return Place(tree, suppressed_rows(tree, ends, least=None), homes)


def summed(parent: Ints, homes: Homes, use: Bools, count: Ints) -> Ints:
    """One count of some homes by area, up the tree."""
    total = np.zeros(len(parent), dtype=np.int64)
    for area, number in zip(homes.area[use], count[use], strict=True):
        row = int(area)
        while row >= 0:
            total[row] += number
            row = int(parent[row])
    return total


def attacked(place: Place, told: Withheld) -> list[tuple[str, int]]:
    """Withheld cells that a file tells within ±K, nearer than what is public anyway: small ones of areas, all homes.

    A cell of one thing counted is (covered, uncovered, together) of a row; rows are areas, then homes.
    """
    areas, nothing = len(place.parent), np.ones(len(place.parent) + 1, dtype=bool)
    public = Withheld(nothing, nothing, np.ones(len(place.homes.area), dtype=bool))
    found: list[tuple[str, int]] = []
    for column in range(place.homes.counts.shape[1]):
        values, wanted, width = cells(place, told, column)
        small = (wanted // 3 >= areas) | (
            values.ravel()[wanted] < K
        )  # a larger one may be known: its homes are told
        near = (width <= 2 * K + 1e-6) & small
        if not near.any():
            continue
        _, others, before = cells(place, public, column)
        outside = dict(zip(others.tolist(), before.tolist(), strict=True))
        for cell, narrow in zip(wanted[near].tolist(), width[near].tolist(), strict=True):
            if narrow < outside[cell] - 1e-6:
                row = cell // 3
                found.append(("area", row) if row < areas else ("home", row - areas))
    return found


def cells(place: Place, told: Withheld, column: int) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """The values of one count, its cells that are not told, and how wide each can be for who knows the rest."""
    areas, homes = len(place.parent), place.homes
    parent, count = np.append(place.parent, homes.area), homes.counts[:, column]
    values = np.zeros((len(parent), 3), dtype=np.int64)
    empty = np.zeros_like(values, dtype=bool)
    # Everybody sees which homes are covered: a side without homes has nobody.
    for side, use in enumerate((homes.covered, ~homes.covered)):
        values[:areas, side] = summed(place.parent, homes, use, count)
        values[areas:, side] = np.where(use, count, 0)
        empty[:areas, side] = summed(place.parent, homes, use, np.ones_like(count)) == 0
        empty[areas:, side] = ~use
    empty[:, 2] = empty[:, 0] & empty[:, 1]
    values[:, 2] = values[:, 0] + values[:, 1]
    known = np.zeros_like(values, dtype=bool)
    known[:areas, :2] = ~told.split[:areas, None]
    known[:areas, 2] = ~place.unseen
    known[areas:] = ~told.buildings[:, None]
    relations = [tree_relations(parent, 3), row_relations(len(parent), 3, 2, [0, 1])]
    wanted = np.flatnonzero(~(known | empty).ravel())
    return values, wanted, widths(relations, values, known | empty, wanted)


def _told(place: Place) -> Withheld:
    return withheld(place.parent, place.unseen, place.homes)


@given(
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.integers(2, 9),
    st.sampled_from([3, 6, 12]),
    st.sampled_from([0.1, 0.5, 0.9]),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_tells_what_is_withheld(
    seed: int, communities: int, grids: int, most: int, share: float
) -> None:
    place = random_place(seed, communities, grids, most, share)
    assert attacked(place, _told(place)) == []


@pytest.mark.parametrize("given_place", [(900, 1, 9, 12, 0.1), (0, 3, 9, 3, 0.1), (9, 3, 9, 6, 0.5)])
def test_places_that_once_told_too_much(given_place: tuple[int, int, int, int, float]) -> None:
    place = random_place(*given_place)
    assert attacked(place, _told(place)) == []


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_no_small_count_is_told(seed: int) -> None:
    place = random_place(seed, 3, 9, 9, 0.5)
    told = _told(place)
    assert (place.homes.counts[~told.buildings] >= K).all()
    for use in (place.homes.covered, ~place.homes.covered):
        shown = ~told.split[:-1]
        for count in place.homes.counts.T:
            sums = summed(place.parent, place.homes, use, count)
            assert ((sums[shown] >= K) | (sums[shown] == 0)).all()


def test_the_control_without_the_complement_it_is_broken() -> None:
    """Only the small counts left out: most of them come back by subtraction."""
    broken = 0
    for seed in range(10):
        place = random_place(seed, 2, 6, 9, 0.5)
        counts = place.homes.counts
        nothing = np.zeros(len(place.parent) + 1, dtype=bool)
        naive = Withheld(nothing, nothing | np.append(place.unseen, False), (counts < K).any(axis=1))
        broken += len(attacked(place, naive))
    assert broken > 20


def test_a_large_place_keeps_most_of_its_numbers() -> None:
    rng = np.random.default_rng(4)
    parent = np.concatenate([[-1], np.zeros(10, int), 1 + np.arange(80) // 8])
    area = np.repeat(np.arange(80) + 11, 20)
    households = rng.integers(20, 80, len(area))
    residents = households * 3
    homes = Homes(area, rng.random(len(area)) < 0.7, np.column_stack([residents, households]))
    unseen = np.zeros(len(parent), dtype=bool)
    told = withheld(parent, unseen, homes)
    assert not told.split.any()
    assert not told.buildings.any()


def test_where_one_home_is_not_covered_the_split_is_not_told() -> None:
    parent = np.array([-1, 0, 0])
    area = np.repeat([1, 2], 6)
    counts = np.full((12, 2), 40)
    counts[0] = 5
    covered = np.ones(12, dtype=bool)
    covered[0] = False
    homes = Homes(area, covered, counts)
    told = withheld(parent, np.zeros(3, bool), homes)
    assert told.split.tolist() == [True, True, False, True], told.split
    assert told.buildings[0]
    assert told.buildings[:6].sum() >= 3, "the public count of the grid less the others tells it"
    assert not told.buildings[6:].any()
