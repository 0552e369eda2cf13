"""Measures of inequality: worked out by hand, and by their axioms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gis.base.errors import Invalid
from gis.coverage.equity import Spread, gini, mean, palma, spread, theil, worst

EXACT = 1e-9
MEASURES = (gini, theil, palma)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([5, 5, 5], [1, 2, 3], 0.0),
        ([0, 0], [3, 4], 0.0),
        ([0, 1], [1, 1], 0.5),
        ([1, 2, 3, 4], [1, 1, 1, 1], 0.25),
        ([1, 3], [3, 1], 0.25),  # 1, 1, 1, 3: sums 1 2 3 6; 1 - (1 + 3 + 5 + 9) / (4 * 6)
        ([10, 99], [5, 0], 0.0),
    ],
)
def test_gini_by_hand(values: list[float], weights: list[float], expected: float) -> None:
    assert gini(values, weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([7, 7], [1, 9], 0.0),
        ([0, 2], [1, 1], math.log(2)),
        ([1, 3], [1, 1], 0.25 * math.log(0.5) + 0.75 * math.log(1.5)),
        ([0, 0], [1, 1], 0.0),
    ],
)
def test_theil_by_hand(values: list[float], weights: list[float], expected: float) -> None:
    assert theil(values, weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([3, 3, 3], [2, 5, 1], 0.25),
        (list(range(1, 11)), [1] * 10, 10 / 10),  # the tenth has 10, the first four 1 + 2 + 3 + 4
        ([1, 10], [95, 5], (5 * 10 + 5 * 1) / 40),  # the tenth ends inside the first group
        ([0, 8], [40, 60], None),
        ([1, 2], [20, 80], 10 * 2 / (20 * 1 + 20 * 2)),
    ],
)
def test_palma_by_hand(values: list[float], weights: list[float], expected: float | None) -> None:
    got = palma(values, weights)
    assert got is None if expected is None else got == pytest.approx(expected, abs=EXACT)


def test_the_worst_tenth_by_hand() -> None:
    assert worst(range(1, 21), [1] * 20) == pytest.approx(19.5, abs=EXACT)
    assert worst(range(1, 21), [1] * 20, largest=False) == pytest.approx(1.5, abs=EXACT)
    assert worst([100, 500], [95, 5]) == pytest.approx(
        300, abs=EXACT
    )  # half of the tenth is of the first group
    assert worst([0.2, 1.0], [1, 3], largest=False) == pytest.approx(0.2, abs=EXACT)
    assert mean([100, 500], [95, 5]) == pytest.approx(120, abs=EXACT)


def test_nobody_has_no_measure_and_wrong_values_are_refused() -> None:
    for measure in (*MEASURES, worst, mean):
        assert measure([], []) is None
        assert measure([1.0, 2.0], [0, 0]) is None
        for values, weights in (([-1.0], [1]), ([math.nan], [1]), ([1.0], [-1]), ([1.0], [math.inf])):
            with pytest.raises(Invalid, match="bad_number"):
                measure(values, weights)
        assert measure([math.nan, 4.0], [0, 1]) is not None  # of nobody
    with pytest.raises(ValueError, match="one length"):
        gini([1.0], [1.0, 2.0])


PEOPLE = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 400)).map(lambda pair: (float(pair[0]), float(pair[1]))),
    min_size=1,
    max_size=25,
)


def columns(people: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    values, weights = (np.array(column) for column in zip(*people, strict=True))
    assume(weights.sum() > 0)
    return values, weights


def close(one: float | None, other: float | None) -> bool:
    return (
        one is other if one is None or other is None else math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    )


@given(PEOPLE)
def test_gini_is_the_mean_difference_of_two_people(people: list[tuple[float, float]]) -> None:
    values, weights = columns(people)
    total = weights.sum()
    middle = values @ weights / total
    assume(middle > 0)
    apart = np.abs(values[:, None] - values[None, :])
    slow = float(weights @ apart @ weights / (2 * total**2 * middle))
    assert gini(values, weights) == pytest.approx(slow, abs=EXACT)


@given(PEOPLE)
def test_weights_are_people_one_by_one(people: list[tuple[float, float]]) -> None:
    values, weights = columns(people)
    each = np.repeat(values, weights.astype(np.int64))
    for measure in (*MEASURES, worst, mean):
        assert close(measure(values, weights), measure(each, np.ones(len(each))))
    tenth = np.sort(each)[::-1]
    if len(each) % 10 == 0:
        assert worst(values, weights) == pytest.approx(tenth[: len(each) // 10].mean(), abs=EXACT)


@given(PEOPLE, st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
def test_units_do_not_matter(people: list[tuple[float, float]], scale: float) -> None:
    values, weights = columns(people)
    for measure in MEASURES:
        assert close(measure(values * scale, weights), measure(values, weights))


@given(PEOPLE, st.integers(2, 5))
def test_the_same_place_several_times_is_as_uneven(people: list[tuple[float, float]], times: int) -> None:
    values, weights = columns(people)
    for measure in (*MEASURES, worst, mean):
        once = measure(values, weights)
        assert close(measure(np.tile(values, times), np.tile(weights, times)), once)
        assert close(measure(values, weights * times), once)
        order = np.argsort(-values, kind="stable")
        assert close(measure(values[order], weights[order]), once)


@given(st.lists(st.floats(0, 3000), min_size=2, max_size=25), st.data())
def test_a_gift_from_who_has_more_to_who_has_less_evens(values: list[float], data: st.DataObject) -> None:
    """Pigou and Dalton: the rich of the two stays the richer one, or they change places."""
    one = data.draw(st.integers(0, len(values) - 1))
    other = data.draw(st.integers(0, len(values) - 1))
    poor, rich = sorted((one, other), key=lambda i: values[i])
    gift = data.draw(st.floats(0, 1)) * (values[rich] - values[poor])
    after = list(values)
    after[poor], after[rich] = values[poor] + gift, values[rich] - gift
    ones = [1.0] * len(values)
    for measure in (gini, theil):
        before, now = measure(values, ones), measure(after, ones)
        assert before is not None
        assert now is not None
        assert now <= before + 1e-9
    before_worst, now_worst = worst(values, ones), worst(after, ones)
    assert before_worst is not None
    assert now_worst is not None
    assert now_worst <= before_worst + 1e-9


@given(PEOPLE)
def test_bounds(people: list[tuple[float, float]]) -> None:
    values, weights = columns(people)
    number, share, far = gini(values, weights), palma(values, weights), worst(values, weights)
    average, entropy = mean(values, weights), theil(values, weights)
    assert number is not None
    assert far is not None
    assert average is not None
    assert entropy is not None
    assert 0 <= number < 1
    assert 0 <= entropy <= math.log(weights.sum()) + 1e-9
    assert share is None or share >= 0.25 - 1e-9
    assert average - 1e-9 <= far <= values[weights > 0].max() + 1e-9
    least = worst(values, weights, largest=False)
    assert least is not None
    assert values[weights > 0].min() - 1e-9 <= least <= average + 1e-9


@given(PEOPLE, st.booleans())
def test_all_measures_at_once_are_each(people: list[tuple[float, float]], largest: bool) -> None:
    values, weights = columns(people)
    each = (mean(values, weights), gini(values, weights), palma(values, weights), theil(values, weights))
    assert spread(values, weights, largest=largest) == Spread(*each, worst(values, weights, largest=largest))
