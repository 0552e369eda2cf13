"""How unevenly something is spread over people: pure numbers, weighted by residents.

`values` (n) is what each building or community has: metres to the nearest station (more is worse) or the share of its
people covered (less is worse). `weights` (n) is how many people have it. Values and weights are not negative; those
of weight 0 count nothing. People of one building are alike; where a tenth of all people ends inside a building, the
part of its people that belongs to the tenth counts. An answer without people, or of a total of 0 where it would be
divided by, is None. One sort and a few sums each: a million buildings take some tenths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.base.errors import Invalid

Floats = npt.NDArray[np.float64]
TENTH = 0.1


def _checked(values: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Values in rising order with their weights, those without weight left out."""
    value, weight = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    if value.shape != weight.shape or value.ndim != 1:
        raise ValueError("values and weights are two columns of one length")
    mine = weight > 0
    value, weight = value[mine], weight[mine]
    if not np.isfinite(weight).all() or (np.asarray(weights, np.float64) < 0).any():
        raise Invalid("bad_number", "人数应为非负数", "weights are finite and not negative")
    if not np.isfinite(value).all() or (value < 0).any():
        raise Invalid("bad_number", "数值应为非负数", "values are finite and not negative")
    order = np.argsort(value, kind="stable")
    return value[order], weight[order]


def mean(values: npt.ArrayLike, weights: npt.ArrayLike) -> float | None:
    """The mean over people; None without people."""
    return _mean(*_checked(values, weights))


def gini(values: npt.ArrayLike, weights: npt.ArrayLike) -> float | None:
    """The Gini coefficient, 0 (all alike) to below 1: twice the area between the Lorenz curve and the diagonal.

    With people p in rising order of value and running sums S of p·x: `G = 1 − Σ p_i (S_i + S_{i−1}) / (P · S_n)`,
    equal to the mean difference of two people over twice the mean (C. Gini, Variabilità e mutabilità, 1912; the
    curve: M. O. Lorenz, 1905). 0 where everybody has 0; None without people.
    """
    return _gini(*_checked(values, weights))


def theil(values: npt.ArrayLike, weights: npt.ArrayLike) -> float | None:
    """Theil's T, 0 (all alike) to ln(people): `Σ p/P · x/μ · ln(x/μ)`, 0·ln 0 = 0 (H. Theil, 1967).

    0 where everybody has 0; None without people.
    """
    return _theil(*_checked(values, weights))


def palma(values: npt.ArrayLike, weights: npt.ArrayLike) -> float | None:
    """What the tenth with the most has over what the four tenths with the least have together.

    1/4 where all are alike (J. G. Palma, 2011, of incomes; A. Cobham and A. Sumner, 2013, the ratio). Of distances:
    the metres walked by the farthest tenth over those of the nearest 40 %. None where these have 0.
    """
    return _palma(*_checked(values, weights))


def worst(
    values: npt.ArrayLike, weights: npt.ArrayLike, share: float = TENTH, *, largest: bool = True
) -> float | None:
    """The mean over the worst-served `share` of people: the largest values, or the smallest ones."""
    return _worst(*_checked(values, weights), share, largest=largest)


@dataclass(frozen=True, slots=True)
class Spread:
    """All measures of one column; None where nobody is, or where they are not told."""

    mean: float | None = None
    gini: float | None = None
    palma: float | None = None
    theil: float | None = None
    worst_tenth: float | None = None


def spread(values: npt.ArrayLike, weights: npt.ArrayLike, *, largest: bool) -> Spread:
    """All measures after one sort; `largest` says whether more is worse."""
    value, weight = _checked(values, weights)
    return Spread(
        _mean(value, weight),
        _gini(value, weight),
        _palma(value, weight),
        _theil(value, weight),
        _worst(value, weight, TENTH, largest=largest),
    )


def _mean(value: Floats, weight: Floats) -> float | None:
    return float(value @ weight / weight.sum()) if len(value) else None


def _gini(value: Floats, weight: Floats) -> float | None:
    if not len(value):
        return None
    running = np.cumsum(value * weight)
    if running[-1] == 0:
        return 0.0
    before = np.concatenate([[0.0], running[:-1]])
    under = float(weight @ (running + before) / (weight.sum() * running[-1]))
    return min(max(1.0 - under, 0.0), 1.0)


def _theil(value: Floats, weight: Floats) -> float | None:
    if not len(value):
        return None
    middle = value @ weight / weight.sum()
    if middle == 0:
        return 0.0
    part = value / middle
    logarithm = np.log(np.where(part > 0, part, 1.0))
    return max(float(weight @ (part * logarithm) / weight.sum()), 0.0)


def _palma(value: Floats, weight: Floats) -> float | None:
    if not len(value):
        return None
    least = _sum_of_first(value, weight, 0.4)
    most = _sum_of_first(value[::-1], weight[::-1], TENTH)
    return most / least if least > 0 else None


def _worst(value: Floats, weight: Floats, share: float, *, largest: bool) -> float | None:
    if not len(value):
        return None
    if largest:
        value, weight = value[::-1], weight[::-1]
    return _sum_of_first(value, weight, share) / (share * float(weight.sum()))


def _sum_of_first(value: Floats, weight: Floats, share: float) -> float:
    """Σ p·x over the first `share` of all people, the last group in part."""
    until = np.cumsum(weight)
    wanted = share * until[-1]
    taken = np.clip(wanted - (until - weight), 0.0, weight)
    return float(taken @ value)
