"""A year decided at once says what the single decision says."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gis.events.dispatch.decide import decide
from gis.events.dispatch.many import COLUMNS, decide_many
from gis.events.dispatch.model import Facts, Rule
from tests.events.dispatch.invented import AREAS, CATEGORIES, DEPARTMENTS, events, places_of, rule_sets

PLACES = {area: places_of(area) for area in AREAS}


def frame_of(facts: list[Facts]) -> pd.DataFrame:
    rows = [
        {
            "category": one.categories[-1],
            "area": list(one.places.values())[-1],
            "day": one.moment.day,
            "minute": one.moment.minute,
            "weekday": one.moment.weekday,
            "month": one.moment.month,
            "time": one.moment.kind,
            "urgency": one.urgency,
            "source": one.source,
            "owner": one.owner,
            "answers": dict(one.answers) or None,
        }
        for one in facts
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, "answers"])


@given(rule_sets, st.lists(events, max_size=25))
def test_many_are_decided_as_one(rules: list[Rule], facts: list[Facts]) -> None:
    told = decide_many(rules, frame_of(facts), CATEGORIES, PLACES, DEPARTMENTS)
    single = [decide(rules, one, DEPARTMENTS) for one in facts]
    assert told["rule"].tolist() == [one.rule.code if one.rule else None for one in single]
    assert told["kind"].tolist() == [one.target.kind if one.target else None for one in single]
    assert told["target"].tolist() == [one.target.code if one.target else None for one in single]
    assert told["alarm"].tolist() == [one.alarm for one in single]
