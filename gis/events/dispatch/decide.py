"""The decision: which rule says where an event goes, and why no other one does."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Final

from gis.events.dispatch.conditions import failing
from gis.events.dispatch.model import LEVELS, Decision, Facts, Lost, Rule, Target

PLACE = re.compile(r"\{(\w+)\}", re.ASCII)
NOT_FOR_IT = ("category", "area")
"""Rules for other things or elsewhere are no candidates, and are not told."""


def stages_for(is_component: bool) -> tuple[str, str, str]:
    """The order of the stages: a component's owner before its place, a matter's place before an owner."""
    return ("first", "owner", "territory") if is_component else ("first", "territory", "owner")


def order_of(rule: Rule, is_component: bool, category_depth: int, area_depth: int) -> tuple[int, ...]:
    """When the rule is asked among those for an event it names so closely: the smaller first.

    Equal ones are asked in the order of their codes.
    """
    stage = stages_for(is_component).index(rule.part)
    return (stage, -category_depth, -area_depth, -rule.more, -rule.priority)


def order_for(rule: Rule, facts: Facts) -> tuple[int, ...]:
    """When the rule is asked for this event."""
    depths = rule.category_depth(facts.categories), rule.area_depth(facts.places.values())
    return order_of(rule, facts.is_component, *depths)


AREAS: Final = {"worker": "grid", "community": "community"}
"""Targets that are an area of the event, and its level."""


def resolve(target: Target, places: Mapping[str, str], owner: str | None) -> Target | str:
    """Where a rule's target is for an event in these places, or why nowhere: `owner_unknown`, `place_unknown`."""
    if target.kind == "owner":
        return "owner_unknown" if owner is None else Target("owner", owner)
    if any(level not in places for level in levels_in(target)):
        return "place_unknown"
    if target.kind in AREAS:
        return Target(target.kind, places[AREAS[target.kind]])
    return Target("department", fill(target.code, places))


def fill(code: str, places: Mapping[str, str]) -> str:
    """The code of a department with the levels in braces replaced by the codes of the place."""
    return PLACE.sub(lambda found: places[found[1]], code)


def levels_in(target: Target) -> tuple[str, ...]:
    """The levels of the place that the target needs to be known."""
    if target.kind in AREAS:
        return (AREAS[target.kind],)
    return tuple(level for level in PLACE.findall(target.code) if level in LEVELS)


def decide(rules: Iterable[Rule], facts: Facts, departments: Container[str] | None = None) -> Decision:
    """Where an event goes by these rules: always a target or an alarm, the same whatever order the rules come in.

    The stages of `stages_for` come one after the other; within one the more specific rule decides (category, then
    area, then the number of other conditions), then the higher priority, then the code. With `departments` (the codes
    there are) a target that is none of them is an alarm, never somebody else's event.
    """
    inputs = facts.as_dict()
    found: list[tuple[Rule, Target]] = []
    lost: list[Lost] = []
    for rule in sorted(rules, key=lambda one: (*order_for(one, facts), one.code)):
        if why := failing(rule, facts):
            if why not in NOT_FOR_IT:
                lost.append(Lost(rule.code, f"condition:{why}", rule.target))
            continue
        target = resolve(rule.target, facts.places, facts.owner)
        if isinstance(target, str):
            lost.append(Lost(rule.code, target, rule.target))
        else:
            found.append((rule, target))
    if not found:
        return Decision(None, None, inputs, tuple(lost), "no_rule")
    winner, target = found[0]
    first = order_for(winner, facts)
    later = (Lost(rule.code, why_lost(order_for(rule, facts), first), where) for rule, where in found[1:])
    told = (*later, *lost)
    if departments is not None and target.kind in {"department", "owner"} and target.code not in departments:
        return Decision(winner, None, inputs, told, "unknown_department", target.code)
    return Decision(winner, target, inputs, told)


def why_lost(mine: tuple[int, ...], first: tuple[int, ...]) -> str:
    """By what the rule that is asked first went before another one."""
    if mine[0] != first[0]:
        return "stage"
    if mine[:-1] != first[:-1]:
        return "specific"
    return "priority" if mine[-1] != first[-1] else "code"
