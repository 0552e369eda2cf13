"""What a campaign came to: 214 of 260, nothing of nothing, the waiting told apart, and sums that are not told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gis.events.campaigns.figures import AGES, Figures, ageing, together
from gis.events.kpi.rates import Rate

RECORD = Figures(12, 3200, 2900, 200, 50, 260, 214, (3,) * 46)


def test_the_record_is_82_3_per_cent() -> None:
    assert RECORD.solved_rate == Rate(214, 260)
    assert f"{RECORD.solved_rate.value:.1%}" == "82.3%"
    assert RECORD.visited == Rate(2900, 3200)
    assert RECORD.problem_rate == Rate(260, 2900)


def test_nothing_of_nothing_is_no_rate() -> None:
    none = together([])
    assert none.solved_rate.value is None
    assert none.visited == Rate(0, 0)
    assert none.visited.value is None


def test_a_sum_with_a_part_that_is_not_told_is_not_told() -> None:
    hidden = Figures(1, None, 4, 0, 0, 0, 0, ())
    both = together([RECORD, hidden])
    assert both.households is None
    assert both.visited is None
    assert both.met == 2904


def test_ages_pass_on_after_their_day() -> None:
    assert ageing([0, 7, 8, 30, 31, 90, 91, 400]) == (2, 2, 2, 2)


@given(st.lists(st.integers(0, 1000)))
def test_every_age_is_told_once(days: list[int]) -> None:
    found = ageing(days)
    assert sum(found) == len(days)
    assert len(found) == len(AGES) + 1
