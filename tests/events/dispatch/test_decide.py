"""Who has to see to an event: always an answer, the same in any order, the closest rule first, and told why."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.events.dispatch.conditions import failing
from gis.events.dispatch.decide import decide
from gis.events.dispatch.model import Facts, Moment, Rule, Target
from tests.events.dispatch.invented import CATEGORIES, DEPARTMENTS, events, places_of, replaced, rule_sets

MONDAY = Moment(date(2026, 7, 6), 9 * 60, 1, 7, "work")
MATTER = Facts(CATEGORIES["g:matter:061"], places_of("230101001001"), MONDAY)
PART = Facts(CATEGORIES["g:component:011"], places_of("230101001001"), MONDAY, owner="D2")
D1, D2 = Target("department", "D1"), Target("department", "D2")
OWNER = Rule("owner", Target("owner"))
MIXED = Rule("mixed", D1, categories=("g:matter:061", "p"))


def winner(rules: list[Rule], facts: Facts) -> str | None:
    rule = decide(rules, facts).rule
    return None if rule is None else rule.code


@given(rule_sets, events, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_never_matters(rules: list[Rule], facts: Facts, rng: random.Random) -> None:
    mixed = list(rules)
    rng.shuffle(mixed)
    assert decide(mixed, facts, DEPARTMENTS) == decide(rules, facts, DEPARTMENTS)


def first_written(rules: list[Rule], facts: Facts) -> str | None:
    """A decision as others make it: the first rule that holds."""
    return next((rule.code for rule in rules if not failing(rule, facts)), None)


def test_the_control_depends_on_the_order() -> None:
    wide, close = Rule("wide", D1), Rule("close", D2, categories=("g:matter:061",))
    assert first_written([wide, close], MATTER) != first_written([close, wide], MATTER)
    assert winner([wide, close], MATTER) == winner([close, wide], MATTER) == "close"


@given(rule_sets, events)
def test_there_is_a_target_or_an_alarm(rules: list[Rule], facts: Facts) -> None:
    found = decide(rules, facts, DEPARTMENTS)
    assert (found.target is None) == bool(found.alarm)
    assert found.target is None or found.rule is not None
    if found.target is not None and found.target.kind in {"department", "owner"}:
        assert found.target.code in DEPARTMENTS
    assert not (found.auto and found.alarm)


@given(rule_sets, events, rule_sets)
def test_a_rule_that_does_not_hold_changes_nothing(rules: list[Rule], facts: Facts, more: list[Rule]) -> None:
    idle = [replaced(rule, code=f"more-{rule.code}") for rule in more if failing(rule, facts)]
    before, after = decide(rules, facts, DEPARTMENTS), decide([*rules, *idle], facts, DEPARTMENTS)
    assert (after.rule, after.target, after.alarm, after.detail) == (
        before.rule,
        before.target,
        before.alarm,
        before.detail,
    )
    assert {one for one in after.lost if not one.rule.startswith("more-")} == set(before.lost)


@given(rule_sets, events)
def test_every_candidate_is_told(rules: list[Rule], facts: Facts) -> None:
    """Who decided and who lost are all the rules for such an event there, each once."""
    found = decide(rules, facts)
    told = [one.rule for one in found.lost] + ([found.rule.code] if found.rule else [])
    near = {rule.code for rule in rules if failing(rule, facts) not in {"category", "area"}}
    assert sorted(told) == sorted(near)


@given(rule_sets, events)
def test_who_decides_holds(rules: list[Rule], facts: Facts) -> None:
    found = decide(rules, facts)
    if found.rule is not None:
        assert not failing(found.rule, facts)


@pytest.mark.parametrize(
    ("rules", "facts", "expected"),
    [
        ([OWNER, Rule("place", D1, categories=("g:component:011",))], PART, "owner"),
        ([OWNER, Rule("place", D1)], replace(PART, owner=None), "place"),
        ([OWNER, Rule("place", D1)], replace(MATTER, owner="D2"), "place"),
        ([OWNER, Rule("place", D1, sources=("media",))], replace(MATTER, owner="D2"), "owner"),
        ([OWNER, Rule("gas", D1, stage="first")], PART, "gas"),
        ([Rule("any", D1), Rule("scheme", D2, categories=("g",))], MATTER, "scheme"),
        ([Rule("area", D1, areas=("230101001001",)), Rule("kind", D2, categories=("g:matter",))], MATTER, "kind"),
        ([Rule("city", D1, areas=("2301",)), Rule("community", D2, areas=("230101001001",))], MATTER, "community"),
        ([Rule("plain", D1), Rule("working", D2, time="work")], MATTER, "working"),
        ([Rule("a", D1), Rule("b", D2, priority=1)], MATTER, "b"),
        ([Rule("a", D1, priority=9), Rule("b", D2, categories=("g:matter:06",))], MATTER, "b"),
        ([Rule("b", D1), Rule("a", D2)], MATTER, "a"),
        ([MIXED, Rule("family", D2, categories=("g:matter:06",))], MATTER, "mixed"),
        ([Rule("community", Target("community")), Rule("worker", Target("worker"), priority=1)], MATTER, "community"),
    ],
    ids=[
        "component-owner-first", "component-then-place", "matter-place-first", "matter-then-owner", "before-all",
        "category", "category-before-area", "area", "more-conditions", "priority", "specific-before-priority", "code",
        "closest-of-its-categories", "no-grid-no-worker",
    ],
)  # fmt: skip
def test_which_rule_decides(rules: list[Rule], facts: Facts, expected: str) -> None:
    assert winner(rules, facts) == expected


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule("x", D2, urgencies=("emergency",)), "condition:urgency"),
        (Rule("x", D2, months=(1,)), "condition:month"),
        (Rule("x", D2, valid_from=date(2027, 1, 1)), "condition:valid"),
        (Rule("x", D2, hours=((1320, 360),)), "condition:hours"),
        (Rule("x", D2, answers=(("blocked", ("true",)),)), "condition:answers"),
        (Rule("x", Target("owner"), stage="territory"), "owner_unknown"),
        (Rule("x", Target("worker")), "place_unknown"),
        (Rule("x", D2), "code"),
        (Rule("a", D2, priority=-1), "priority"),
        (Rule("a", D2, areas=("2301",), priority=9), "specific"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_why_a_rule_lost(rule: Rule, why: str) -> None:
    kept = Rule("kept", D1, categories=("g:matter:061",))
    sure = replaced(kept, categories=()) if why in {"code", "priority"} else kept
    [lost] = decide([sure, rule], MATTER).lost
    assert (lost.rule, lost.why) == (rule.code, why)


def test_an_unknown_department_is_an_alarm_and_nobody_elses_event() -> None:
    rules = [Rule("near", Target("department", "D{subdistrict}01"), categories=("g",)), Rule("rest", D1)]
    found = decide(rules, MATTER, DEPARTMENTS)
    assert (found.target, found.alarm, found.detail) == (None, "unknown_department", "D23010100101")
    assert [one.rule for one in found.lost] == ["rest"], "who would have been next is told"


def test_no_rule_is_an_alarm() -> None:
    found = decide([Rule("p", D1, categories=("p",))], MATTER)
    assert (found.rule, found.target, found.alarm, found.lost) == (None, None, "no_rule", ())


@pytest.mark.parametrize(
    ("minute", "holds"), [(1319, False), (1320, True), (0, True), (359, True), (360, False)]
)
def test_hours_run_over_midnight(minute: int, holds: bool) -> None:
    night = Rule("night", D1, hours=((1320, 360),))
    assert (decide([night], replace(MATTER, moment=replace(MONDAY, minute=minute))).rule is not None) is holds
