"""Class breaks of a shaded map: few classes, whole numbers, none of them empty by construction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CLASSES = 4


def class_breaks(counts: npt.ArrayLike, classes: int = CLASSES) -> list[int]:
    """Lower bounds of at most `classes` classes of positive counts, by quantiles; zero is its own class.

    `counts` is any 1-D array of whole numbers. The first bound is the smallest positive count and bounds
    rise strictly, so a district with little variety gets fewer classes. Empty without positive counts.
    """
    values = np.asarray(counts, dtype=np.int64)
    positive = values[values > 0]
    if not positive.size:
        return []
    shares = np.arange(classes) / classes
    bounds = np.quantile(positive, shares, method="lower")
    return [int(bound) for bound in np.unique(bounds)]


def class_of(count: int, breaks: list[int]) -> int:
    """The class a count falls in: 0 for none, else 1 for the first bound it reaches, and so on."""
    return int(np.searchsorted(np.asarray(breaks, dtype=np.int64), count, side="right"))
