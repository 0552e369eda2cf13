"""The median with open cases equals one counted step by step; few cases have no place; open ones never help."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gis.events.kpi.medians import Took, kaplan_meier_median, places, took

CASES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40)


def by_hand(cases: list[tuple[int, bool]]) -> float | None:
    """The curve in fractions, one moment after another."""
    left = Fraction(1)
    for moment in sorted({time for time, done in cases if done}):
        waiting = sum(time >= moment for time, _ in cases)
        ended = sum(time == moment and done for time, done in cases)
        left *= 1 - Fraction(ended, waiting)
        if left <= Fraction(1, 2):
            return float(moment)
    return None


@given(CASES)
def test_the_median_is_that_of_the_curve(cases: list[tuple[int, bool]]) -> None:
    assert kaplan_meier_median([t for t, _ in cases], [d for _, d in cases]) == by_hand(cases)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40))
def test_without_open_cases_it_is_the_lower_median(times: list[int]) -> None:
    ordered = sorted(times)
    assert kaplan_meier_median(times, [True] * len(times)) == ordered[(len(ordered) - 1) // 2]


@given(CASES.filter(lambda cases: any(done for _, done in cases)), st.integers(13, 50))
def test_one_more_that_waits_never_makes_it_quicker(cases: list[tuple[int, bool]], waits: int) -> None:
    def median(of: list[tuple[int, bool]]) -> float:
        found = kaplan_meier_median([t for t, _ in of], [d for _, d in of])
        return np.inf if found is None else found

    assert median([*cases, (waits, False)]) >= median(cases)


def test_one_fix_in_four_minutes_does_not_come_first() -> None:
    """As one system had it: a single quick fix led the list."""
    quick = took([240.0], [True])
    sly = took([240.0] * 5 + [900_000.0] * 95, [True] * 5 + [False] * 95)
    steady = took(np.linspace(3600, 90_000, 100), [True] * 100)
    ranked = places({1: quick, 2: sly, 3: steady}, 10)
    assert [(one.key, one.rank, one.why) for one in ranked] == [
        (3, 1, None),
        (2, 2, None),
        (1, None, "too_few"),
    ]
    plain = float(np.median([240.0] * 5))
    assert plain < 3600, "what leaving open cases out would have said"


def test_equal_medians_share_a_place() -> None:
    same, slow = Took(10, 0, 60.0, 60.0), Took(10, 0, 61.0, 90.0)
    assert [(one.key, one.rank) for one in places({5: slow, 3: same, 4: same}, 10)] == [
        (3, 1),
        (4, 1),
        (5, 3),
    ]


def test_who_has_not_waited_long_enough_is_undecided() -> None:
    fresh, slow = Took(20, 20, None, 10.0), Took(20, 0, 50.0, 90.0)
    assert [(one.key, one.rank, one.why) for one in places({1: fresh, 2: slow}, 10)] == [
        (2, 1, None), (1, None, "undecided"),
    ]  # fmt: skip
