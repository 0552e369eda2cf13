"""How long a stage takes, fairly: the median with open cases counted, and places only among those with enough of them.

Whoever closes one case in four minutes and leaves ninety open is not the quickest. An open case says that it takes
at least so long (it is censored), and the median is that of E. L. Kaplan and P. Meier, Nonparametric estimation from
incomplete observations, Journal of the American Statistical Association 53 (1958).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Why = Literal["too_few", "undecided"]
HALF = 0.5 + 1e-12
"""Products of fractions may miss one half by the last digit."""


@dataclass(frozen=True, slots=True)
class Took:
    """How long the cases of an area or a department took: `longest_s` is the longest time anybody waited so far."""

    n: int
    still_open: int
    median_s: float | None
    longest_s: float


@dataclass(frozen=True, slots=True)
class Place:
    """A place, the same for equal medians; none, and why: `too_few` cases, or `undecided` whether half are done."""

    key: int
    took: Took
    rank: int | None
    why: Why | None = None


def kaplan_meier_median(seconds: npt.ArrayLike, done: npt.ArrayLike) -> float | None:
    """The earliest time by which at least half are done; None where the cases do not say.

    A case that is open at a time still counts as waiting at that time.
    """
    times, ended = np.asarray(seconds, np.float64), np.asarray(done, np.bool_)
    if not ended.any():
        return None
    moments, counts = np.unique(times[ended], return_counts=True)
    waiting = len(times) - np.searchsorted(np.sort(times), moments, side="left")
    left = np.cumprod(1.0 - counts / waiting)
    reached = np.flatnonzero(left <= HALF)
    return float(moments[reached[0]]) if len(reached) else None


def took(seconds: npt.ArrayLike, done: npt.ArrayLike) -> Took:
    """Number, open ones, median, longest."""
    times, ended = np.asarray(seconds, np.float64), np.asarray(done, np.bool_)
    return Took(
        len(times),
        int(len(times) - ended.sum()),
        kaplan_meier_median(times, ended),
        float(times.max(initial=0.0)),
    )


def places(found: Mapping[int, Took], least: int) -> list[Place]:
    """The quickest first; then who has no place.

    Fewer than `least` cases are not compared. Where half are not done by the longest wait, the median lies beyond it:
    that is the last place if everybody else's median is shorter than that wait, else nobody can say.
    """
    enough = {key: one for key, one in found.items() if one.n >= least}
    known = sorted(
        ((one.median_s, key) for key, one in enough.items() if one.median_s is not None),
        key=lambda pair: pair,
    )
    medians = [median for median, _ in known]
    made = [Place(key, enough[key], 1 + _shorter(medians, median)) for median, key in known]
    slowest = medians[-1] if medians else None
    for key, one in sorted(enough.items()):
        if one.median_s is not None:
            continue
        last = slowest is not None and one.longest_s >= slowest
        made.append(Place(key, one, len(medians) + 1 if last else None, None if last else "undecided"))
    made.sort(key=lambda place: (place.rank is None, place.rank or 0))
    return made + [Place(key, one, None, "too_few") for key, one in sorted(found.items()) if one.n < least]


def _shorter(medians: Sequence[float], than: float) -> int:
    return sum(median < than for median in medians)
