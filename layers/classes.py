"""Class breaks of a shaded map: few classes, whole numbers, none of them empty by construction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CLASSES = 4


def class_breaks(counts: npt.ArrayLike, classes: int = CLASSES) -> list[int]:
    """Lower bounds of at most `classes` classes of positive counts; zero is its own class.

    `counts` is any 1-D array of whole numbers. Quantiles where they differ; where most counts are small
    (the usual case) head/tail breaks (Jiang 2013): the next class begins above the mean of what is left.
    Bounds rise strictly and are counts that occur, so every class has somebody in it. Empty without
    positive counts.
    """
    values = np.asarray(counts, dtype=np.int64)
    positive = values[values > 0]
    if not positive.size:
        return []
    shares = np.arange(classes) / classes
    bounds = np.unique(np.quantile(positive, shares, method="lower")).tolist()
    if len(bounds) < min(classes, np.unique(positive).size):
        bounds = _head_tail(positive, classes)
    return [int(bound) for bound in bounds]


def _head_tail(positive: npt.NDArray[np.int64], classes: int) -> list[int]:
    bounds = [int(positive.min())]
    head = positive[positive > positive.mean()]
    while head.size and len(bounds) < classes:
        bounds.append(int(head.min()))
        head = head[head > head.mean()]
    return bounds


def class_of(count: int, breaks: list[int]) -> int:
    """The class a count falls in: 0 for none, else 1 for the first bound it reaches, and so on."""
    return int(np.searchsorted(np.asarray(breaks, dtype=np.int64), count, side="right"))
