"""Which buildings have another answer after an edit, against the plain reading."""

from __future__ import annotations

import numpy as np

from gis.walking.incremental.repair import different
from gis.walking.search import Nearest

STATIONS = 6


def some(rng: np.random.Generator, count: int) -> Nearest:
    both = rng.integers(-1, STATIONS, (count, 2)).astype(
        np.int32
    )  # columns of one array, as a search gives them
    return Nearest(rng.integers(0, 3, count), both[:, 0], rng.integers(0, 3, count), both[:, 1])


def test_another_cost_or_another_station_is_a_difference_and_another_number_is_none():
    rng = np.random.default_rng(3)
    was, now = some(rng, 999), some(rng, 999)
    same = rng.random(999) < 0.5
    for name in Nearest.__slots__:
        getattr(now, name)[same] = getattr(was, name)[same]
    number = np.array([4, 3, 5, 1, -1, 0, -1])  # the fifth is gone; the last entry is that of none
    row = np.array([0, 1, 2, 3, 4, 5, -1])

    def rows(answer: Nearest, of: np.ndarray) -> list[tuple[int, ...]]:
        columns = (answer.cost, answer.second_cost, of[answer.station], of[answer.second_station])
        none = (answer.station < 0, answer.second_station < 0)
        return list(zip(*(column.tolist() for column in columns + none), strict=True))

    wanted = [i for i, (a, b) in enumerate(zip(rows(was, number), rows(now, row), strict=True)) if a != b]
    assert different(was, now, number, row).tolist() == wanted
    assert 0 < len(wanted) < 999
    assert not len(different(was, was, row, row))
