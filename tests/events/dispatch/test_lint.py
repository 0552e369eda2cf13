"""What the lint says of rules agrees with looking at every event there can be."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from gis.events.dispatch.conditions import failing
from gis.events.dispatch.decide import decide, order_for, resolve
from gis.events.dispatch.lint import Finding, lint
from gis.events.dispatch.model import Facts, Rule, Target
from gis.events.dispatch.space import Space, left_of, meet
from tests.events.dispatch.invented import AREAS, CATEGORIES, WORLD, every_event, narrow_sets

D1, D2 = Target("department", "D1"), Target("department", "D2")


def found(rules: list[Rule], kind: str) -> set[str | None]:
    return {one.rule for one in lint(rules, WORLD) if one.kind == kind}


def can(rule: Rule, facts: Facts) -> bool:
    """Whether a rule holds for an event and can be carried out."""
    return not failing(rule, facts) and not isinstance(resolve(rule.target, facts.places, facts.owner), str)


def by_hand(rules: list[Rule]) -> tuple[set[str], set[str], set[frozenset[str]], set[tuple[str, str]]]:
    """Looking at every event: rules that hold somewhere, that decide somewhere, that contradict, places without."""
    holding, deciding, contradicting, empty = set(), set(), set(), set()
    for facts in every_event(rules):
        able = [rule for rule in rules if can(rule, facts)]
        holding |= {rule.code for rule in able}
        decision = decide(rules, facts)
        if decision.rule is None:
            empty.add((facts.categories[-1], list(facts.places.values())[-1]))
            continue
        deciding.add(decision.rule.code)
        first = order_for(decision.rule, facts)
        equal = [rule for rule in able if order_for(rule, facts) == first]
        for one in equal:
            for other in equal:
                if one.target != other.target:
                    contradicting.add(frozenset((one.code, other.code)))
    return holding, deciding, contradicting, empty


def test_what_no_department_gets_is_not_sent_by_itself() -> None:
    rules = [
        Rule(kind, Target(kind), auto=True, priority=n)
        for n, kind in enumerate(("worker", "community", "owner"))
    ]
    assert found(rules, "auto_target") == {"worker", "community"}


@settings(max_examples=25)
@given(narrow_sets)
def test_the_lint_agrees_with_looking_at_every_event(rules: list[Rule]) -> None:
    holding, deciding, contradicting, empty = by_hand(rules)
    everything = lint(rules, WORLD)
    broken = {one.rule for one in everything if one.kind.startswith("unknown_")}
    codes = {rule.code for rule in rules}
    assert found(rules, "unreachable") - broken == codes - holding - broken
    assert found(rules, "shadowed") == holding - deciding
    assert {
        frozenset((one.rule, *one.others)) for one in everything if one.kind == "overlap"
    } == contradicting
    assert _gaps(everything) == empty


def _gaps(findings: list[Finding]) -> set[tuple[str, str]]:
    """Every category in every area that a gap names, or lies below what it names."""
    return {
        (category, area)
        for one in findings
        if one.kind == "gap" and one.example is not None
        for category, path in CATEGORIES.items()
        for area, above in AREAS.items()
        if (set(path) & set(one.example["categories"]) or category in one.example["categories_alone"])
        and (set(above) & set(one.example["areas"]) or area in one.example["areas_alone"])
    }


def shadowed_by_one(rules: list[Rule]) -> set[str | None]:
    """A lint as others have it: a rule is shadowed where a single other one holds wherever it does."""
    space = Space(rules, WORLD)
    parts = [part for rule in rules for part in space.parts(rule)]
    mine = {rule.code: [part for part in parts if part.rule is rule] for rule in rules}
    return {
        code
        for code, own in mine.items()
        if own
        and any(
            all(any(o.goes_before(p) and meet(o.box, p.box) == p.box for o in others) for p in own)
            for name, others in mine.items()
            if name != code
        )
    }


def test_two_rules_together_shadow_a_third() -> None:
    """The control: a lint that looks at pairs does not see it."""
    rules = [
        Rule("day", D1, categories=("g:matter",), hours=((360, 1320),)),
        Rule("night", D2, categories=("g:matter",), hours=((1320, 360),)),
        Rule("always", D1, categories=("g:matter",)),
    ]
    assert found(rules, "shadowed") == {"always"}
    assert shadowed_by_one(rules) == set()
    assert by_hand(rules)[1] == {"day", "night"}


def test_a_place_rule_for_components_waits_for_an_unknown_owner() -> None:
    owner, place = Rule("owner", Target("owner")), Rule("place", D1, categories=("g:component",))
    assert found([owner, place], "shadowed") == set()
    assert found([owner, Rule("place", D1, categories=("g:component",), owner=("known",))], "shadowed") == {
        "place"
    }


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (Rule("x", Target("department", "D9")), "unknown_department"),
        (Rule("x", Target("department", "D{subdistrict}")), "unknown_department"),
        (Rule("x", D1, owner=("D9",)), "unknown_department"),
        (Rule("x", D1, categories=("g:matter:09",)), "unknown_category"),
        (Rule("x", D1, areas=("99",)), "unknown_area"),
        (Rule("x", D1, sources=("rumour",)), "unknown_source"),
        (Rule("x", Target("worker")), "unreachable"),
        (Rule("x", D1, months=(2,), valid_to=date(2026, 9, 1)), "unreachable"),
        (Rule("x", D1, owner=("unknown",), stage="owner"), ""),
        (Rule("x", Target("owner"), owner=("unknown",)), "unreachable"),
        (Rule("x", D1, valid_to=date(2026, 7, 1)), "expired"),
        (Rule("x", Target("department", "D{district}")), ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_one_rule(rule: Rule, kind: str) -> None:
    assert [one.kind for one in lint([rule], WORLD) if one.kind != "gap"] == ([kind] if kind else [])


def test_what_is_left_of_a_box_is_all_of_it_and_no_more() -> None:
    """Against counting: the pieces are disjoint and are what none of the others covers."""
    box, others = (0b1111, 0b111), [(0b0011, 0b011), (0b0110, 0b110), (0b1000, 0b001)]
    pieces = list(left_of(box, others))
    cells = [(x, y) for x in range(4) for y in range(3)]

    def inside(one: tuple[int, ...], cell: tuple[int, int]) -> int:
        return one[0] >> cell[0] & one[1] >> cell[1] & 1

    covered = {cell for cell in cells if any(inside(one, cell) for one in others)}
    told = [cell for piece in pieces for cell in cells if inside(piece, cell)]
    assert sorted(told) == sorted(set(cells) - covered)


def test_gaps_name_the_highest_area_and_the_circumstances() -> None:
    [gap] = [
        one
        for one in lint([Rule("x", D1, areas=("230101",), hours=((0, 720),))], WORLD)
        if one.kind == "gap" and "always" not in one.en and "no rule at all" not in one.en
    ]
    assert gap.example is not None
    assert gap.example["areas"] == ["230101"]
    assert gap.example["hours"] == 720


def test_rules_of_a_city_owe_nothing_to_its_neighbours() -> None:
    """Gaps lie in the city and are named by it, never by what is above it."""
    world = WORLD.of_city("230101")
    gaps = [one for one in lint([Rule("x", Target("owner"), categories=("p",))], world) if one.kind == "gap"]
    assert {area for one in gaps for area in (one.example or {})["areas"]} == {"230101"}
    everywhere = [
        one for one in lint([Rule("x", Target("owner"), categories=("p",))], WORLD) if one.kind == "gap"
    ]
    assert {area for one in everywhere for area in (one.example or {})["areas"]} == {"2301"}, "the control"
    elsewhere = Rule("d", Target("department", "D{district}"))
    assert not [one for one in lint([elsewhere], world) if one.kind == "unknown_department"]
    assert WORLD.of_city("99") is WORLD
