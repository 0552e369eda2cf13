"""Class breaks: whole, rising, every class with somebody in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.classes import CLASSES, class_breaks, class_of


@pytest.mark.parametrize(
    ("counts", "breaks"),
    [
        ([], []),
        ([0, 0], []),
        ([3, 3, 3], [3]),
        ([0, 1, 2, 3, 4], [1, 3, 4]),
        ([1, 1, 1, 1, 1, 9], [1, 9]),
        ([1] * 100 + [2] * 30 + [3] * 8 + [4] * 2 + [9], [1, 2, 3, 4]),
        (list(range(1, 101)), [1, 25, 50, 75]),
    ],
)
def test_cases(counts: list[int], breaks: list[int]) -> None:
    assert class_breaks(counts) == breaks


@given(st.lists(st.integers(0, 500), max_size=60))
def test_breaks_rise_and_every_class_is_used(counts: list[int]) -> None:
    breaks = class_breaks(counts)
    assert breaks == sorted(set(breaks))
    assert len(breaks) <= CLASSES
    positive = [count for count in counts if count]
    classes = {class_of(count, breaks) for count in positive}
    assert classes == set(range(1, len(breaks) + 1))
    if positive:
        assert breaks[0] == min(positive)


def test_zero_is_its_own_class() -> None:
    assert class_of(0, [1, 5]) == 0
    assert [class_of(n, [1, 5]) for n in (1, 4, 5, 99)] == [1, 1, 2, 2]
    assert class_breaks(np.array([0, 7])) == [7]
