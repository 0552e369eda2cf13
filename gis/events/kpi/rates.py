"""The formulas of the indicators: every rate with its base, what was left out, and null where nothing is to be counted.

Formulas after `docs/kpi.md`; the five-part pattern 应/完成/按时/超时/在办 is that of the urban-management systems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gis.events.kpi.measures import Flow, Part, Stage, Voice, measure_of

Counts = Mapping[int, int]
Measure = Flow | Voice


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: `numerator` of `denominator`; `excluded` cases belong to neither yet. `value` is null for base 0."""

    numerator: int
    denominator: int
    excluded: int = 0

    @property
    def value(self) -> float | None:
        """Numerator by denominator, never clamped."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class FiveParts:
    """What was due (应), done (完成), done in time (按时), late (超时: done late or still open), running (在办).

    `due` = `in_time` + `late`; `late` = `late_done` + `overdue`; `running` is not due yet and in no base. `exempt`
    is part of what was late, taken out of the base by granted appeals.
    """

    in_time: int
    late_done: int
    overdue: int
    running: int
    exempt: int

    @property
    def late(self) -> int:
        """Done late, or open beyond the limit."""
        return self.late_done + self.overdue

    @property
    def due(self) -> int:
        """What should have been done by now."""
        return self.in_time + self.late

    @property
    def done(self) -> int:
        """What was done of it, in time or not."""
        return self.in_time + self.late_done

    def done_rate(self) -> Rate:
        """完成率: done / due."""
        return Rate(self.done, self.due, self.running + self.exempt)

    def in_time_rate(self) -> Rate:
        """按时率: done in time / due."""
        return Rate(self.in_time, self.due, self.running + self.exempt)


def five_parts(counts: Counts, stage: Stage, running: int) -> FiveParts:
    """The pattern of one stage; `running` of the open ones are not due yet."""
    still_open = counts.get(measure_of(stage, Part.OPEN), 0)
    return FiveParts(
        in_time=counts.get(measure_of(stage, Part.IN_TIME), 0),
        late_done=counts.get(measure_of(stage, Part.LATE), 0),
        overdue=still_open - running,
        running=running,
        exempt=counts.get(measure_of(stage, Part.EXEMPT), 0),
    )


def _flow(numerator: Measure, denominator: Measure) -> Callable[[Counts], Rate]:
    return lambda counts: Rate(counts.get(numerator, 0), counts.get(denominator, 0))


def _valid(counts: Counts) -> Rate:
    valid, invalid = counts.get(Flow.VALID, 0), counts.get(Flow.INVALID, 0)
    return Rate(valid, valid + invalid, counts.get(Flow.REPORTED, 0) - valid - invalid)


def _accurate(counts: Counts) -> Rate:
    dispatched = counts.get(Flow.DISPATCHED, 0)
    return Rate(dispatched - counts.get(Flow.RETURNED, 0), dispatched)


RATES: Mapping[str, Callable[[Counts], Rate]] = {
    "valid_report_rate": _valid,
    "filing_rate": _flow(Flow.FILED, Flow.ACCEPTED),
    "dispatch_accuracy": _accurate,
    "handling_rate": _flow(Flow.HANDLED, Flow.DISPATCHED),
    "rework_rate": _flow(Flow.REWORKED, Flow.HANDLED),
    "self_handled_rate": _flow(Flow.SELF_HANDLED, Flow.VALID),
    "closing_rate_of_cohort": _flow(Flow.CLOSED, Flow.VALID),
    "objection_rate": _flow(Flow.OBJECTED, Flow.CLOSED),
}
"""Rates of the flow of cases opened in the period."""


def _voice(numerator: Voice, asked: Voice, of: Voice) -> Callable[[Counts], Rate]:
    """`numerator` of those who said, either way; who did not say is left out."""
    return lambda counts: Rate(
        counts.get(numerator, 0), counts.get(asked, 0), counts.get(of, 0) - counts.get(asked, 0)
    )


VOICES: Mapping[str, Callable[[Counts], Rate]] = {
    "rated_share": _flow(Voice.RATED, Voice.ROUNDS),
    "rated_satisfied": _voice(Voice.RATED_SATISFIED, Voice.RATED, Voice.ROUNDS),
    "rated_solved": _voice(Voice.RATED_SOLVED, Voice.RATED_ON_SOLVED, Voice.ROUNDS),
    "reached_share": _flow(Voice.REACHED, Voice.CALLED),
    "called_answered": _voice(Voice.ANSWERED, Voice.ASKED_ANSWERED, Voice.REACHED),
    "called_solved": _voice(Voice.SOLVED, Voice.ASKED_SOLVED, Voice.REACHED),
    "called_satisfied": _voice(Voice.SATISFIED, Voice.ASKED_SATISFIED, Voice.REACHED),
}
"""The three rates (响应率, 解决率, 满意率), each by who was asked how: nobody's silence is taken for a word.

Ratings come by themselves, calls are made: the two are never added up, and beside each stands how many answered.
"""
