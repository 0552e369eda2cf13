"""A small invented world, rules and events in it, and every event there can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any

from hypothesis import strategies as st

from gis.events.dispatch.model import ATOMS, LEVELS, TIMES, UNSENT, URGENCIES, Facts, Moment, Rule, Target
from gis.events.dispatch.space import OTHER, Space, World

TODAY = date(2026, 7, 1)
LATER = date(2026, 9, 1)
CATEGORIES = {
    code: tuple(path.split())
    for code, path in {
        "g:component:01": "g g:component g:component:01",
        "g:component:011": "g g:component g:component:01 g:component:011",
        "g:matter:06": "g g:matter g:matter:06",
        "g:matter:061": "g g:matter g:matter:06 g:matter:061",
        "g:matter:062": "g g:matter g:matter:06 g:matter:062",
        "p:request:P1": "p p:request p:request:P1",
    }.items()
}
AREAS = {
    "2301": ("2301",),
    "230101": ("2301", "230101"),
    "230101001": ("2301", "230101", "230101001"),
    "230101001001": ("2301", "230101", "230101001", "230101001001"),
    "230101002": ("2301", "230101", "230101002"),
    "230102": ("2301", "230102"),
}
LEVEL = {"2301": "city", "230101": "district", "230102": "district", "230101001": "subdistrict",
         "230101002": "subdistrict", "230101001001": "community"}  # fmt: skip
DEPARTMENTS = {one: f"Department {one}" for one in ("D1", "D2", "D230101", "D230102")}
SOURCES = ("hotline", "patrol")
WORLD = World(CATEGORIES, AREAS, LEVEL, DEPARTMENTS, SOURCES, TODAY)
KNOWN = sorted({step for path in CATEGORIES.values() for step in path})
TARGETS = (
    Target("department", "D1"), Target("department", "D2"), Target("department", "D{district}"),
    Target("department", "D{subdistrict}"), Target("owner"), Target("community"), Target("worker"),
)  # fmt: skip


def some(values: Sequence[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    """None of the values, or a few."""
    return st.one_of(
        st.just(()),
        st.sets(st.sampled_from(values), min_size=1, max_size=most).map(lambda s: tuple(sorted(s))),
    )


SPANS = ((0, 360), (360, 720), (1320, 360), (720, 1440))
ANSWERS = (("blocked", ("true",)), ("blocked", ("false", "true")), ("lanes", ("2",)))
rule_bodies = (
    st.builds(
        Rule,
        code=st.just("x"),
        target=st.sampled_from(TARGETS),
        categories=some(KNOWN),
        areas=some(sorted(AREAS)),
        urgencies=some(URGENCIES),
        sources=some(SOURCES),
        time=st.sampled_from(("", "", *TIMES)),
        weekdays=some((1, 6, 7)),
        months=some((1, 7)),
        hours=some(SPANS),
        answers=st.one_of(st.just(()), st.sampled_from(ANSWERS).map(lambda one: (one,))),
        owner=some(("known", "unknown", "D1"), 1),
        priority=st.sampled_from((0, 0, 0, 1, -5)),
        stage=st.sampled_from(("", "", "", "first")),
        auto=st.booleans(),
        valid_from=st.sampled_from((None, None, LATER)),
        valid_to=st.sampled_from((None, None, date(2026, 6, 1), date(2027, 1, 1))),
    )
    .filter(lambda one: one.valid_from is None or one.valid_to is None or one.valid_from < one.valid_to)
    .map(lambda one: replaced(one, auto=one.auto and one.target.kind not in UNSENT))
)


def numbered(bodies: Sequence[Rule]) -> list[Rule]:
    """The rules with codes of their own."""
    return [replaced(body, code=f"r{number}") for number, body in enumerate(bodies)]


def replaced(rule: Rule, **changes: Any) -> Rule:
    """The rule with other members."""
    from dataclasses import replace

    return replace(rule, **changes)


rule_sets = st.lists(rule_bodies, max_size=7).map(numbered)
"""Rules of every kind."""
narrow_bodies = st.builds(
    Rule,
    code=st.just("x"),
    target=st.sampled_from(TARGETS[:6]),
    categories=some(KNOWN),
    areas=some(sorted(AREAS)),
    urgencies=some(URGENCIES),
    hours=some(SPANS, 1),
    answers=st.one_of(st.just(()), st.sampled_from(ANSWERS[:2]).map(lambda one: (one,))),
    owner=some(("known", "unknown"), 1),
    priority=st.sampled_from((0, 0, 1)),
    valid_to=st.sampled_from((None, None, LATER)),
)
narrow_sets = st.lists(narrow_bodies, min_size=1, max_size=5).map(numbered)
"""Rules that leave a space small enough to look at every event in it."""


def places_of(area: str) -> dict[str, str]:
    """The areas above an area and itself by level."""
    return {LEVEL[code]: code for code in AREAS[area]}


events = st.builds(
    Facts,
    categories=st.sampled_from(sorted(CATEGORIES)).map(CATEGORIES.__getitem__),
    places=st.sampled_from(sorted(AREAS)).map(places_of),
    moment=st.builds(
        Moment,
        day=st.sampled_from((TODAY, LATER, date(2026, 6, 1), date(2027, 1, 1))),
        minute=st.sampled_from((0, 359, 360, 719, 720, 1320, 1439)),
        weekday=st.integers(1, 7),
        month=st.sampled_from((1, 7, 8)),
        kind=st.sampled_from(ATOMS),
    ),
    urgency=st.sampled_from(URGENCIES),
    source=st.sampled_from(SOURCES),
    answers=st.sampled_from(({}, {"blocked": "true"}, {"blocked": "no"}, {"lanes": "2", "blocked": "false"})),
    owner=st.sampled_from((None, "D1", "D2", "nobody")),
)


def facts_of(picked: dict[str, Any]) -> Facts:
    """The event that has these atoms."""
    answers = {
        name.removeprefix("answers."): value for name, value in picked.items() if name.startswith("answers.")
    }
    moment = Moment(picked["day"], picked["hours"], picked["weekday"], picked["month"], picked["time"])
    return Facts(
        CATEGORIES[picked["category"]], places_of(picked["area"]), moment, picked["urgency"], picked["source"], answers,
        picked["owner"],
    )  # fmt: skip


def every_event(rules: Sequence[Rule]) -> Iterator[Facts]:
    """Every event the rules can tell apart, one for each combination of atoms."""
    space = Space(rules, WORLD)
    told = {"weekday", "month", "source", "time"}  # narrow rules do not ask for these: one will do
    choices = [atoms[:1] if name in told else atoms for name, atoms in space.atoms.items()]
    for combination in product(*choices):
        yield facts_of(dict(zip(space.names, combination, strict=True)))


assert OTHER not in DEPARTMENTS
assert set(LEVEL.values()) < set(LEVELS)
