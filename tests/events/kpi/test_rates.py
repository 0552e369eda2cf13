"""Every rate has its base; an empty base is null, a late open case is late, a running one is in no base."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gis.events.kpi.measures import Flow, Part, Stage, measure_of
from gis.events.kpi.rates import RATES, Rate, five_parts

FEW = st.integers(0, 50)


def test_an_empty_base_is_null_not_zero() -> None:
    assert Rate(0, 0).value is None
    assert all(rate({}).value is None for rate in RATES.values())
    assert five_parts({}, Stage.HANDLE, 0).in_time_rate().value is None


@given(in_time=FEW, late=FEW, still_open=FEW, exempt=FEW, data=st.data())
def test_the_five_parts_add_up(
    in_time: int, late: int, still_open: int, exempt: int, data: st.DataObject
) -> None:
    running = data.draw(st.integers(0, still_open))
    parts = {Part.IN_TIME: in_time, Part.LATE: late, Part.OPEN: still_open, Part.EXEMPT: exempt}
    five = five_parts({measure_of(Stage.HANDLE, one): n for one, n in parts.items()}, Stage.HANDLE, running)
    assert five.due == five.in_time + five.late == five.done + five.overdue
    assert five.overdue + five.running == still_open
    assert five.done_rate().denominator == five.in_time_rate().denominator == five.due
    assert five.done_rate().numerator >= five.in_time_rate().numerator
    assert five.in_time_rate().excluded == running + exempt


def test_more_in_time_is_a_higher_rate() -> None:
    """One production system took the rate from 100: whoever closed more scored less."""

    def rate(in_time: int) -> float | None:
        return five_parts(
            {measure_of(Stage.TOTAL, Part.IN_TIME): in_time, measure_of(Stage.TOTAL, Part.LATE): 10 - in_time},
            Stage.TOTAL, 0,
        ).in_time_rate().value  # fmt: skip

    values = [rate(n) for n in range(11)]
    assert values == sorted(values, key=lambda value: value or 0.0)
    assert values[0] == 0.0
    assert values[10] == 1.0


def test_wrong_dispatches_are_counted() -> None:
    """One production system set the mark of an accurate dispatch in both branches."""
    assert RATES["dispatch_accuracy"]({Flow.DISPATCHED: 4, Flow.RETURNED: 1}) == Rate(3, 4)


def test_undecided_reports_are_in_no_base() -> None:
    found = RATES["valid_report_rate"]({Flow.REPORTED: 10, Flow.VALID: 5, Flow.INVALID: 1})
    assert found == Rate(5, 6, excluded=4)


def test_stages_and_parts_never_share_a_number() -> None:
    numbers = [measure_of(stage, part) for stage in Stage for part in Part] + [int(one) for one in Flow]
    assert len(numbers) == len(set(numbers))
