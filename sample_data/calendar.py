"""When things are reported: a year from 1 November 2025, by month, snowfall, weekday and hour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sample_data.matters import catalogue
from sample_data.spec import rng_for
from sample_data.subdivide import Ints

Floats = npt.NDArray[np.float64]
START = np.datetime64("2025-11-01T00:00:00", "s")
DAYS = 365
END = START + np.timedelta64(DAYS, "D")
HOURS = np.array([1, 0.5, 0.3, 0.2, 0.4, 1.5, 4, 7, 10, 11, 10, 8, 6, 7, 9, 9, 8, 7, 6, 5, 4, 3.5, 2.5, 1.5])


def _days() -> npt.NDArray[np.datetime64]:
    return np.asarray(START.astype("datetime64[D]") + np.arange(DAYS))


def snowfalls(seed: int) -> tuple[Ints, Floats]:
    """Days of snowfall (positions in the year) and how heavy each is."""
    rng = rng_for(seed, "snow")
    month = _days().astype("datetime64[M]").astype(int) % 12 + 1
    odds = np.array([0.13, 0.11, 0.10, 0.02, 0, 0, 0, 0, 0, 0.01, 0.12, 0.14])[month - 1]
    days = np.flatnonzero(rng.random(DAYS) < odds)
    return days, rng.lognormal(0.0, 0.7, len(days))


def day_weights(seed: int) -> Floats:
    """Relative frequency (matters, days) of every kind of matter on every day of the year."""
    days = _days()
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype(int) + 3) % 7
    weights = np.array([m.months for m in catalogue().matters], dtype=np.float64)[:, month]
    weights *= np.where(weekday >= 5, 0.72, 1.0)
    snow = np.full(DAYS, 0.25)
    for day, depth in zip(*snowfalls(seed), strict=True):
        for after, share in enumerate((1.2, 2.6, 1.6, 0.7)):
            if day + after < DAYS:
                snow[day + after] += depth * share
    families = np.array([m.family for m in catalogue().matters])
    weights[families == "snow"] *= snow
    weights[families == "heating"] *= _heating(days)
    burning = catalogue().with_codes({"06020"})
    for feast in ("2026-04-05", "2026-08-27", "2025-11-20"):
        near = np.abs((days - np.datetime64(feast, "D")).astype(int))
        weights[burning] *= 1 + 14 * np.exp(-(near / 2.0))
    return weights


def _heating(days: npt.NDArray[np.datetime64]) -> Floats:
    """Heating runs from 20 October to 20 April; the start has a peak, and so has the cold of January."""
    month_day = days.astype("datetime64[D]") - days.astype("datetime64[Y]").astype("datetime64[D]")
    of_year = month_day.astype(int)
    first, last = 288, 110  # filling tests begin a week before 20 October
    on = (of_year >= first) | (of_year < last)
    since = np.where(of_year >= first, of_year - first, of_year + 365 - first)
    peak = 1.0 + 2.2 * np.exp(-(((since - 10) / 9.0) ** 2)) + 0.9 * np.exp(-(((since - 92) / 16.0) ** 2))
    return np.asarray(np.where(on, peak, 0.0))


def draw_times(matter: Ints, weights: Floats, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """A moment for each report (n,) of kind `matter`: day by the weights of its kind, hour by habit."""
    n = len(matter)
    total = np.cumsum(weights, axis=1)
    total /= np.maximum(total[:, -1:], 1e-12)
    day = np.empty(n, dtype=np.int64)
    luck = rng.random(n)
    for kind in np.unique(matter):
        rows = np.flatnonzero(matter == kind)
        day[rows] = np.minimum(np.searchsorted(total[kind], luck[rows], side="right"), DAYS - 1)
    hour = rng.choice(24, n, p=HOURS / HOURS.sum())
    second = day * 86_400 + hour * 3600 + rng.integers(0, 3600, n)
    return np.asarray(START + second.astype("timedelta64[s]"))
