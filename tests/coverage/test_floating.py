"""Two-step floating catchments: by hand, and equal to the package `access` on random instances."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.floating import Floating, seen_whole, two_steps
from gis.walking.pairs import Pairs

EXACT = 1e-9


def pairs_of(near: np.ndarray) -> Pairs:
    """All pairs of a table (stations by buildings) of what is within the limit."""
    building = np.nonzero(near)[1]
    start = np.concatenate([[0], np.cumsum(near.sum(axis=1))]).astype(np.int64)
    return Pairs(start, building.astype(np.int32), np.zeros(len(building), np.int64))


# Station 0 reaches buildings 0 and 1, station 1 buildings 1 and 2, station 2 (capacity unknown) building 2,
# station 3 nobody, station 4 a building where nobody lives.
NEAR = np.array(
    [[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0]], dtype=bool
)
PEOPLE = [100, 300, 100, 0, 50]
CAPACITY = [40.0, 100.0, np.nan, 10.0, 10.0]


def test_by_hand() -> None:
    got = two_steps(PEOPLE, CAPACITY, pairs_of(NEAR))
    assert got.ratio[:2] == pytest.approx([0.1, 0.25], abs=EXACT)
    assert np.isnan(got.ratio[2:]).all()
    assert got.score == pytest.approx([0.1, 0.35, 0.25, 0.0, 0.0], abs=EXACT)


def test_hidden_people_hide_what_counts_them() -> None:
    known = np.isfinite(CAPACITY)
    ratios, scores = seen_whole([True, True, False, False, True], PEOPLE, pairs_of(NEAR), known)
    assert ratios.tolist() == [True, False, False, True, True]  # nobody lives in the hidden building 3
    assert scores.tolist() == [True, False, False, True, True]
    everything = seen_whole([True] * 5, PEOPLE, pairs_of(NEAR), known)
    assert all(one.all() for one in everything)


def oracle(people: np.ndarray, capacity: np.ndarray, near: np.ndarray) -> pd.Series:
    """The score of every building by the package `access`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own imports, and of tracts without a pair
        from access.fca import two_stage_fca

        station, building = np.nonzero(near)
        cost = pd.DataFrame({"origin": building, "dest": station, "cost": 1.0})
        demand = pd.DataFrame(
            {"demand": people.astype(float)}, index=pd.RangeIndex(len(people), name="geoid")
        )
        supply = pd.DataFrame({"supply": capacity}, index=pd.RangeIndex(len(capacity), name="geoid"))
        found: pd.Series = two_stage_fca(demand, supply, cost, max_cost=2.0)
    return found


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12), st.floats(0.05, 0.9))
def test_equal_to_the_package_access(seed: int, buildings: int, stations: int, density: float) -> None:
    random = np.random.default_rng(seed)
    near = random.random((stations, buildings)) < density
    people = random.integers(1, 500, buildings)
    capacity = random.integers(0, 300, stations).astype(float)
    got = two_steps(people, capacity, pairs_of(near)).score
    reached = near.any(axis=0)
    assert (got[~reached] == 0).all()
    if reached.any():
        expected = oracle(people, capacity, near)
        assert got[expected.index.to_numpy()] == pytest.approx(expected.to_numpy(), rel=EXACT, abs=EXACT)
        assert set(np.flatnonzero(reached)) <= set(expected.index)


@given(st.integers(0, 2**32 - 1))
def test_the_scores_of_all_people_add_up_to_the_capacity_within_reach(seed: int) -> None:
    random = np.random.default_rng(seed)
    near = random.random((6, 30)) < 0.2
    people, capacity = random.integers(0, 200, 30), random.integers(1, 99, 6).astype(float)
    got: Floating = two_steps(people, capacity, pairs_of(near))
    used = near @ people > 0
    assert got.score @ people == pytest.approx(capacity[used].sum(), rel=EXACT)
    assert (np.isnan(got.ratio) == ~used).all()
