"""Many events decided at once: the conditions are asked once for each different value, the rest is arrays."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.events.dispatch import conditions as holds
from gis.events.dispatch.decide import levels_in, resolve, stages_for
from gis.events.dispatch.model import COMPONENT, Rule, Target

COLUMNS = ("category", "area", "day", "minute", "weekday", "month", "time", "urgency", "source", "owner")
"""Of a frame of events: keys of the category and of the area, the moment, and what else is known.
`answers` may be missing; where it is there, it holds a mapping or None."""
WIDE = 64
Flags = npt.NDArray[np.bool_]


class _Column:
    """One column: its different values, and which one every row has."""

    def __init__(self, values: pd.Series[Any]) -> None:
        self.codes, found = pd.factorize(values, use_na_sentinel=False)
        self.values = [None if pd.isna(value) else value for value in found]

    def test(self, check: Callable[[Any], Any], kind: Any = np.bool_) -> npt.NDArray[Any]:
        """A function of the value, for every row."""
        return np.array([check(value) for value in self.values], dtype=kind)[self.codes]


def decide_many(
    rules: Sequence[Rule],
    events: pd.DataFrame,
    categories: Mapping[Any, Sequence[str]],
    places: Mapping[Any, Mapping[str, str]],
    departments: Container[str] | None = None,
) -> pd.DataFrame:
    """What `decide` says of every row: `rule`, `kind`, `target` (None with an alarm) and `alarm`.

    `categories` are the paths of categories by key, `places` the areas above each area and itself by level.
    """
    rules = sorted(rules, key=lambda one: one.code)
    columns = {name: _Column(events[name]) for name in COLUMNS}
    answers = list(events["answers"]) if "answers" in events else [None] * len(events)
    component = columns["category"].test(lambda one: categories[one][1].endswith(f":{COMPONENT}"))
    best = np.full(len(events), np.iinfo(np.int64).max, dtype=np.int64)
    chosen = np.full(len(events), -1, dtype=np.int64)
    ranks = {value: at for at, value in enumerate(sorted({-rule.priority for rule in rules}))}
    for number, rule in enumerate(rules):
        mask = _holds(rule, columns, answers, categories, places)
        order = _order(rule, columns, component, categories, places)
        order = (order * len(ranks) + ranks[-rule.priority]) * len(rules) + number
        better = mask & (order < best)
        best[better], chosen[better] = order[better], number
    return _told(rules, chosen, events, places, departments)


def _holds(
    rule: Rule,
    columns: Mapping[str, _Column],
    answers: Sequence[Mapping[str, str] | None],
    categories: Mapping[Any, Sequence[str]],
    places: Mapping[Any, Mapping[str, str]],
) -> Flags:
    """Where a rule holds and can be carried out."""
    needed = levels_in(rule.target)
    goes_to_owner = rule.target.kind == "owner"
    checks: dict[str, Callable[[Any], bool]] = {
        "category": lambda one: holds.of_category(rule, categories[one]),
        "area": lambda one: (
            holds.of_area(rule, places[one].values()) and all(level in places[one] for level in needed)
        ),
        "day": lambda one: holds.in_force(rule, one),
        "urgency": lambda one: not rule.urgencies or one in rule.urgencies,
        "source": lambda one: not rule.sources or one in rule.sources,
        "time": lambda one: holds.of_time(rule, one),
        "weekday": lambda one: not rule.weekdays or one in rule.weekdays,
        "month": lambda one: not rule.months or one in rule.months,
        "minute": lambda one: holds.of_hours(rule, one),
        "owner": lambda one: holds.of_owner(rule, one) and not (goes_to_owner and one is None),
    }
    mask = np.ones(len(answers), dtype=np.bool_)
    for name, check in checks.items():
        mask &= columns[name].test(check)
    if rule.answers:
        mask &= np.array([not holds.of_answers(rule, one or {}) for one in answers], dtype=np.bool_)
    return mask


def _order(
    rule: Rule,
    columns: Mapping[str, _Column],
    component: Flags,
    categories: Mapping[Any, Sequence[str]],
    places: Mapping[Any, Mapping[str, str]],
) -> npt.NDArray[np.int64]:
    """The order in which the rule is asked, as `order_of` tells it, in one number a row."""
    stage = np.where(component, stages_for(True).index(rule.part), stages_for(False).index(rule.part))
    category = columns["category"].test(lambda one: rule.category_depth(categories[one]), np.int64)
    area = columns["area"].test(lambda one: rule.area_depth(places[one].values()), np.int64)
    told: npt.NDArray[np.int64] = stage.astype(np.int64)
    for part in (category, area, rule.more):
        told = told * WIDE + (WIDE - 1 - part)
    return told


def _told(
    rules: Sequence[Rule],
    chosen: npt.NDArray[np.int64],
    events: pd.DataFrame,
    places: Mapping[Any, Mapping[str, str]],
    departments: Container[str] | None,
) -> pd.DataFrame:
    """The rule, the target and the alarm of every row."""
    made = pd.DataFrame(
        {"number": chosen, "area": events["area"].to_numpy(), "owner": events["owner"].to_numpy()}
    )
    asked = made.drop_duplicates()
    found = {}
    for number, area, owner in asked.itertuples(index=False, name=None):
        known = owner if isinstance(owner, str) else None
        found[(number, area, known)] = _target(rules, number, places[area], known, departments)
    keys = zip(made["number"], made["area"], made["owner"], strict=True)
    rows = [found[(number, area, owner if isinstance(owner, str) else None)] for number, area, owner in keys]
    return pd.DataFrame(rows, columns=["rule", "kind", "target", "alarm"], index=events.index, dtype=object)


def _target(
    rules: Sequence[Rule],
    number: int,
    places: Mapping[str, str],
    owner: str | None,
    departments: Container[str] | None,
) -> tuple[str | None, str | None, str | None, str]:
    if number < 0:
        return None, None, None, "no_rule"
    rule = rules[number]
    target = resolve(rule.target, places, owner)
    assert isinstance(target, Target)
    if departments is not None and target.kind in {"department", "owner"} and target.code not in departments:
        return rule.code, None, None, "unknown_department"
    return rule.code, target.kind, target.code, ""
