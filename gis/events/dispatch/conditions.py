"""Whether a rule's conditions hold, one dimension at a time: the same functions decide one event and a whole year."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Final

from gis.events.dispatch.model import TIMES, Facts, Rule


def in_force(rule: Rule, day: date) -> bool:
    """Whether the rule is in force on a day; the last day is not included."""
    return (rule.valid_from is None or rule.valid_from <= day) and (
        rule.valid_to is None or day < rule.valid_to
    )


def of_category(rule: Rule, path: Collection[str]) -> bool:
    """Whether a category, told with all above it, is one of the rule's or below one."""
    return not rule.categories or any(one in path for one in rule.categories)


def of_area(rule: Rule, codes: Collection[str]) -> bool:
    """Whether an area, told with all above it, is one of the rule's or below one."""
    return not rule.areas or any(one in codes for one in rule.areas)


def of_time(rule: Rule, kind: str) -> bool:
    """Whether the calendar's kind of moment is the rule's."""
    return not rule.time or kind in TIMES[rule.time]


def of_hours(rule: Rule, minute: int) -> bool:
    """Whether a minute of the day lies in one of the rule's spans; one that ends before it begins runs over midnight."""
    return not rule.hours or any(
        start <= minute < end if start < end else minute >= start or minute < end for start, end in rule.hours
    )


def of_owner(rule: Rule, owner: str | None) -> bool:
    """Whether the component's owner is one the rule asks for."""
    return not rule.owner or ("unknown" if owner is None else "known") in rule.owner or owner in rule.owner


def of_answers(rule: Rule, answers: Mapping[str, str]) -> str:
    """The first question whose answer is not one the rule asks for; empty when all are."""
    return next((key for key, values in rule.answers if answers.get(key) not in values), "")


Check = Callable[[Rule, Facts], bool]
# The order in which a rule that does not hold says why.
CHECKS: Final[Mapping[str, Check]] = {
    "category": lambda rule, facts: of_category(rule, facts.categories),
    "area": lambda rule, facts: of_area(rule, facts.places.values()),
    "valid": lambda rule, facts: in_force(rule, facts.moment.day),
    "urgency": lambda rule, facts: not rule.urgencies or facts.urgency in rule.urgencies,
    "source": lambda rule, facts: not rule.sources or facts.source in rule.sources,
    "time": lambda rule, facts: of_time(rule, facts.moment.kind),
    "weekday": lambda rule, facts: not rule.weekdays or facts.moment.weekday in rule.weekdays,
    "month": lambda rule, facts: not rule.months or facts.moment.month in rule.months,
    "hours": lambda rule, facts: of_hours(rule, facts.moment.minute),
    "answers": lambda rule, facts: not of_answers(rule, facts.answers),
    "owner": lambda rule, facts: of_owner(rule, facts.owner),
}


def failing(rule: Rule, facts: Facts) -> str:
    """The first dimension in which the rule does not hold; empty when it holds."""
    return next((name for name, check in CHECKS.items() if not check(rule, facts)), "")
