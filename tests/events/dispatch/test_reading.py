"""Rules as they are written: what is read, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
from hypothesis import given

from gis.base.errors import InvalidFile
from gis.events.dispatch.model import Rule
from gis.events.dispatch.reading import read_rule, read_toml, rule_as_dict
from gis.events.dispatch.sentence import sentence
from tests.events.dispatch.invented import WORLD, rule_sets

GOOD = {"code": "x", "to": "department", "department": "D1"}


@given(rule_sets)
def test_a_rule_is_read_back_as_it_was(rules: list[Rule]) -> None:
    for rule in rules:
        assert read_rule(rule_as_dict(rule)) == (rule, [])


@given(rule_sets)
def test_every_rule_has_a_sentence_in_both_languages(rules: list[Rule]) -> None:
    for rule in rules:
        assert all(len(said) > 5 for said in sentence(rule, WORLD))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "a b"}, "code"),
        ({"to": "nobody"}, "to"),
        ({"to": "owner"}, "department"),
        ({"department": "D{street}"}, "department"),
        ({"department": "D{district"}, "department"),
        ({"department": "x y"}, "department"),
        ({"categories": ["a:b:c:d"]}, "categories"),
        ({"categories": {"a": 1}}, "categories"),
        ({"areas": ["2301 "]}, "areas"),
        ({"urgency": ["soon"]}, "urgency"),
        ({"time": "lunch"}, "time"),
        ({"weekdays": [0]}, "weekdays"),
        ({"weekdays": [True]}, "weekdays"),
        ({"months": [13]}, "months"),
        ({"hours": ["8-12"]}, "hours"),
        ({"hours": ["08:00-08:00"]}, "hours"),
        ({"hours": ["08:00-24:01"]}, "hours"),
        ({"answers": ["blocked"]}, "answers"),
        ({"answers": {"blocked": []}}, "answers"),
        ({"answers": {"blocked": 1.5}}, "answers"),
        ({"owner": ["D{district}"]}, "owner"),
        ({"priority": "high"}, "priority"),
        ({"priority": True}, "priority"),
        ({"auto": 1}, "auto"),
        ({"auto": True, "to": "community", "department": ""}, "auto"),
        ({"auto": True, "to": "worker", "department": ""}, "auto"),
        ({"valid_from": "2026-7-1"}, "valid_from"),
        ({"valid_from": "2026-07-01", "valid_to": "2026-07-01"}, "valid_to"),
        ({"stage": "last"}, "stage"),
        ({"basis": "a\nb"}, "basis"),
        ({"catgories": []}, "catgories"),
    ],
    ids=str,
)
def test_what_is_not_written_right_is_named(change: dict[str, Any], field: str) -> None:
    assert read_rule(GOOD)[1] == []
    wrong = read_rule(GOOD | change, 3)[1]
    assert wrong, "refused"
    assert {(one.row, one.field) for one in wrong} == {(3, field)}
    assert all(one.zh and one.en for one in wrong)


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        b"version = ",
        b"",
        b'version = "1"\nname_zh = "x"',
        b'version = "1"\nname_zh = "x"\nrule = 3',
        b'version = "1"\nname_zh = "x"\nrules = []\n[[rule]]\ncode = "a"\nto = "owner"',
        b'version = "1"\nname_zh = "x"\n[[rule]]\ncode = "a"\nto = "owner"\n[[rule]]\ncode = "a"\nto = "owner"',
    ],
)
def test_a_file_that_is_no_rule_set_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidFile) as refused:
        read_toml(text)
    assert refused.value.problems


def test_every_problem_of_a_file_is_told() -> None:
    text = b'version = "1"\nname_zh = "x"\n[[rule]]\ncode = "a"\nto = "x"\n[[rule]]\ncode = "b"\nto = "owner"\ntime = "y"'
    with pytest.raises(InvalidFile) as refused:
        read_toml(text)
    assert [(one.row, one.field) for one in refused.value.problems] == [(1, "to"), (2, "time")]


def test_what_is_missing_is_called_missing() -> None:
    with pytest.raises(InvalidFile) as refused:
        read_toml(b'[[rule]]\nto = "department"\n[[rule]]\ncode = "b"')
    found = [(one.row, one.field, one.code) for one in refused.value.problems]
    assert sorted(found, key=str) == [
        (1, "code", "missing"), (1, "department", "missing"), (2, "to", "missing"),
        (None, "name_zh", "missing"), (None, "version", "missing"),
    ]  # fmt: skip


def test_the_shipped_rules_are_read() -> None:
    data = resources.files("gis.events").joinpath("data", "dispatch_rules_1.toml").read_bytes()
    shipped = read_toml(data)
    assert len(shipped.rules) >= 25
    assert not any(rule.auto for rule in shipped.rules), "a person decides until the city says otherwise"
