"""Counts of people in buildings: households, registered, actual, floating and age bands; never persons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sample_data.blocks import Words
from sample_data.spec import Spec, apportion, rng_for
from sample_data.subdivide import Ints

# By kind of compound: persons a household, share floating, share registered but living elsewhere, ages.
TRAITS = {
    "open_courtyard": (2.15, 0.17, 0.20, (0.075, 0.585, 0.275, 0.065)),
    "renovated_old": (2.15, 0.14, 0.19, (0.080, 0.590, 0.270, 0.060)),
    "work_unit": (2.10, 0.08, 0.16, (0.070, 0.540, 0.310, 0.080)),
    "closed_highrise": (2.45, 0.20, 0.10, (0.145, 0.680, 0.150, 0.025)),
    "resettlement": (2.40, 0.12, 0.12, (0.110, 0.620, 0.225, 0.045)),
    "one_storey": (2.00, 0.28, 0.34, (0.070, 0.560, 0.300, 0.070)),
}
AGE_COLUMNS = ("age_0_14", "age_15_59", "age_60_79", "age_80")


def _weights(use: Words, storeys: Ints, area_m2: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Dwellings a building may hold: floor area by 82 m² in flats; one or two households in a house."""
    return np.where(use == "house", np.maximum(area_m2 / 55.0, 1.0), storeys * area_m2 / 82.0)


def make_people(
    spec: Spec,
    use: Words,
    storeys: Ints,
    area_m2: npt.NDArray[np.float64],
    kind: Words,
    grid: Ints,
    seed: int,
) -> pd.DataFrame:
    """Counts for every building (n,); the sums are exactly the size's households and residents.

    Grids were drawn to hold about as many households each, so `capacity` is evened out between them by half.
    `kind` is the kind of the building's compound. A building nobody lives in has zeros. Age bands sum to
    `actual`; `floating` is part of `actual`; `registered` counts those who belong here, present or away.
    """
    rng = rng_for(seed, "people")
    n = len(use)
    home = np.flatnonzero((use == "residential") | (use == "house"))
    traits = [TRAITS.get(k, TRAITS["open_courtyard"]) for k in kind[home]]
    size, floating, away = np.array([t[:3] for t in traits]).T
    capacity = _weights(use[home], storeys[home], area_m2[home]) * rng.uniform(0.85, 1.1, len(home))
    held = np.bincount(grid[home], capacity)
    capacity *= np.sqrt(held[held > 0].mean() / held[grid[home]])
    households = apportion(spec.households, capacity, 1)
    actual = apportion(spec.residents, households * size * rng.normal(1.0, 0.05, len(home)).clip(0.8, 1.2), 1)
    guests = rng.binomial(actual, floating)
    ages = rng.multinomial(actual, np.array([t[3] for t in traits]))
    columns = {
        "households": households,
        "registered": actual - guests + rng.binomial(actual, away),
        "actual": actual,
        "floating": guests,
    } | {name: ages[:, i] for i, name in enumerate(AGE_COLUMNS)}
    out = {}
    for name, values in columns.items():
        whole = np.zeros(n, dtype=np.int64)
        whole[home] = values
        out[name] = whole
    return pd.DataFrame(out)
