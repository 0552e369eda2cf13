"""Classes merge what is equal entry by entry, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.siting import classes
from gis.coverage.siting.classes import merge, number_rows
from gis.coverage.siting.forms import form_of_rows
from gis.coverage.siting.full_cover import reduced
from gis.walking.pairs import Pairs


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_classes_are_the_distinct_sets_of_candidates(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sets = [tuple(np.flatnonzero(rng.random(4) < 0.4)) for _ in range(60)]
    residents, label = rng.integers(0, 5, 60), rng.integers(0, 2, 60)
    start = np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64)
    rows = Pairs(start, np.array([x for s in sets for x in s], np.int32), np.zeros(start[-1], np.int64))
    made = merge(rows, residents, label)
    want: dict[tuple[tuple[int, ...], int], int] = {}
    for which, count, mark in zip(sets, residents, label, strict=True):
        if which and count:
            want[which, mark] = want.get((which, mark), 0) + int(count)
    got = {
        (tuple(made.site[made.start[c] : made.start[c + 1]]), made.label[c]): int(made.residents[c])
        for c in range(len(made.residents))
    }
    assert got == want
    assert list(got) == list(want)  # in the order of their first buildings
    for building in range(60):
        if made.of[building] < 0:
            assert not (sets[building] and residents[building])
        else:
            assert got.keys() >= {(sets[building], label[building])}
            assert list(got)[made.of[building]] == (sets[building], label[building])


def test_equal_hashes_do_not_merge_different_sets() -> None:
    start, other = np.array([0, 1, 2, 3, 4]), np.array([5, 6, 5, 6], np.int32)
    number = np.full(4, -1)
    same = np.zeros(4, np.uint64)
    assert number_rows(start, other, np.zeros(4, np.int64), same, np.arange(4), number) == 2
    assert number.tolist() == [0, 1, 0, 1]
    assert len(set(classes.row_hashes(start, other, np.array([0, 0, 1, 0])).tolist())) == 3


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_who_covers_the_needed_rows_covers_all_and_none_of_them_follows_from_another(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sets = list(dict.fromkeys(s for _ in range(30) if (s := tuple(np.flatnonzero(rng.random(6) < 0.5)))))
    start = np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64)
    site = np.array([x for s in sets for x in s], np.int32)
    one, none = np.ones(len(sets), np.int64), np.zeros(len(sets), np.int64)
    small = reduced(form_of_rows(start, site, one, none, 6))
    left = [set(small.rows.other[a:b]) for a, b in pairwise(small.rows.start)]
    assert all(any(row <= set(s) for row in left) for s in sets)
    assert not any(one < other for one in left for other in left)
    assert {frozenset(row) for row in left} <= {frozenset(s) for s in sets}
