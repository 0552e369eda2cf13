"""Integer paths of the tree, and parents that run in a circle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.areas.tree import grow, positions, within


def test_paths_lead_from_the_root() -> None:
    tree = grow([-1, 0, 1, 0, -1])
    assert tree.path.tolist() == [[0, -1, -1], [0, 1, -1], [0, 1, 2], [0, 3, -1], [4, -1, -1]]
    assert tree.depth.tolist() == [1, 2, 3, 2, 1]
    assert within(tree, 1).tolist() == [False, True, True, False, False]


def test_circles_are_marked_with_all_that_hangs_on_them() -> None:
    tree = grow([1, 0, 1, -1, 4])
    assert tree.cyclic.tolist() == [True, True, True, False, True]
    assert tree.path[3].tolist() == [3]


def test_empty_and_out_of_range() -> None:
    assert grow([]).path.shape == (0, 0)
    with pytest.raises(ValueError, match="outside"):
        grow([5])


def test_positions() -> None:
    assert positions(["a", "b"], ["b", None, "c", "a"]).tolist() == [1, -1, -1, 0]


@given(st.lists(st.integers(0, 10), min_size=1, max_size=40))
def test_any_forest_has_the_paths_of_walking_up(steps: list[int]) -> None:
    parent = np.array([max(-1, i - 1 - step) if step else -1 for i, step in enumerate(steps)])
    tree = grow(parent)
    for i in range(len(parent)):
        walked = [i]
        while parent[walked[0]] >= 0:
            walked.insert(0, int(parent[walked[0]]))
        if len(walked) <= 16:
            assert tree.path[i, : tree.depth[i]].tolist() == walked
        else:
            assert tree.cyclic[i]
