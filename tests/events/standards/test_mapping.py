"""Codes of older editions: the rule, its exceptions, and the editions that must not be mixed up."""

from __future__ import annotations

import csv
from importlib import resources

import pandas as pd
import pytest

from gis.base.errors import Invalid
from gis.events.history_rules import check_history
from gis.events.standards.mapping import CJ_2007, CURRENT, EDITIONS, GB_2013, REASONS, Mapped, map_code

NEW = "gbt47678.5-2026:matter:"
# What others published of 2013's events: code, name then, and the category of 2026 it must be.
KNOWN_2013 = [
    ("01-10", "暴露垃圾", "06010"), ("01-11", "积存垃圾渣土", "06011"), ("01-36", "乱堆物堆料", "06036"),
    ("01-28", "商业噪音", "06028"), ("02-01", "非法小广告", "07001"), ("02-03", "违规户外广告", "07003"),
    ("03-11", "渣土车未密闭运输", "08011"), ("04-01", "无照经营游商", "09001"), ("04-05", "店外经营", "09005"),
    ("04-06", "占道经营", "09006"), ("04-09", "机动车乱停放", "09009"), ("04-10", "非机动车乱停放", "09010"),
]  # fmt: skip


def shipped() -> dict[tuple[str, str], str]:
    data = resources.files("gis.events").joinpath("data", "categories_1.csv").read_text("utf-8")
    rows = csv.DictReader(data.splitlines())
    return {(r["kind"], r["code"]): r["name_zh"] for r in rows if r["scheme"] == CURRENT and r["parent"]}


def said(edition: str, kind: str, code: str, name: str | None = None) -> str:
    made = map_code(edition, kind, code, name)
    return str(made.key) if made.key else made.reason


@pytest.mark.parametrize(("code", "name", "new"), KNOWN_2013, ids=[one[0] for one in KNOWN_2013])
def test_events_of_2013_land_on_the_same_matter(code: str, name: str, new: str) -> None:
    assert said(GB_2013, "event", code, name) == said(GB_2013, "event", code.replace("-", "")) == NEW + new


def test_the_two_of_56_that_have_no_successor_are_the_retired_numbers() -> None:
    """54 of a city's 56 minors of majors 01 to 04 have a successor; these two are the gaps in the numbers of 2026."""
    assert [said(GB_2013, "event", code) for code in ("0131", "0205")] == ["retired", "retired"]
    assert not {("matter", "06031"), ("matter", "07005")} & set(shipped())


def test_the_rule_reaches_every_matter_below_its_majors() -> None:
    """It adds five to the major and widens the minor: no other matter of 06 to 09 is left, and none is hit twice."""
    made = [
        map_code(GB_2013, "event", f"{major:02d}{minor:02d}")
        for major in range(1, 5)
        for minor in range(1, 80)
    ]
    found = [one.key.code for one in made if one.key]
    due = {code for kind, code in shipped() if kind == "matter" and "06" <= code[:2] <= "09"}
    assert sorted(found) == sorted(due)
    assert len(due) == 51 + 7 + 16 + 21


def test_components_keep_their_major() -> None:
    assert said(GB_2013, "component", "01-06") == "gbt47678.5-2026:component:01006"
    kept = {code for kind, code in shipped() if kind == "component"}
    made = [
        map_code(GB_2013, "component", f"{major:02d}{minor:02d}")
        for major in range(1, 6)
        for minor in range(1, 80)
    ]
    assert kept <= {one.key.code for one in made if one.key}


@pytest.mark.parametrize(
    ("code", "new"),
    [("0506", "01069"), ("0507", "01070"), ("0508", "01071")],
)
def test_components_that_moved_to_another_major(code: str, new: str) -> None:
    """By the rule these would be numbers that 2026 retired."""
    assert said(GB_2013, "component", code) == f"gbt47678.5-2026:component:{new}"
    assert ("component", f"05{code[2:].zfill(3)}") not in shipped()


def test_emergencies_of_2013_went_into_our_own_family_but_for_two() -> None:
    made = [said(GB_2013, "event", f"050{n}") for n in range(1, 9)]
    assert made[:6] == [f"gov-s:request:S070{n}" for n in range(1, 7)]
    assert made[6:] == [f"{NEW}10001", f"{NEW}10002"]


@pytest.mark.parametrize(
    ("code", "in_2013", "in_2007"),
    [
        ("0401", f"{NEW}09001", "gov-s:request:S0705"),
        ("0501", "gov-s:request:S0701", f"{NEW}09001"),
        ("0504", "gov-s:request:S0704", f"{NEW}09005"),
        ("0505", "gov-s:request:S0705", f"{NEW}09009"),
        ("0408", f"{NEW}09008", f"{NEW}10002"),
        ("0102", f"{NEW}06002", f"{NEW}06010"),
    ],
)
def test_the_same_digits_of_two_editions_are_two_matters(code: str, in_2013: str, in_2007: str) -> None:
    """CJ/T 214-2007 has emergencies as 04 and street order as 05, and other minors."""
    assert (said(GB_2013, "event", code), said(CJ_2007, "event", code)) == (in_2013, in_2007)
    assert in_2013 != in_2007


def test_without_an_edition_nothing_is_mapped() -> None:
    for edition in ("", "2013", "gbt30428.2"):
        with pytest.raises(Invalid) as told:
            map_code(edition, "event", "0401")
        assert told.value.code == "unknown_edition"
    assert said("GB/T 30428.2-2013", "事件", "0405") == f"{NEW}09005"


def test_a_name_shows_an_edition_told_wrongly() -> None:
    """0504 of 2007 is trading outside the shop; told as 2013 it would become a burst heating pipe."""
    assert said(GB_2013, "event", "0504", "店外经营") == "name_disagrees"
    assert said(CJ_2007, "event", "0504", "店外经营") == f"{NEW}09005"
    assert said(GB_2013, "event", "0401", "路面塌陷") == "name_disagrees"
    assert said(GB_2013, "event", "0136", "乱堆物堆料") == f"{NEW}06036"  # an old name of the same matter


@pytest.mark.parametrize(
    ("edition", "kind", "code", "reason"),
    [
        (GB_2013, "event", "0199", "local"),
        (GB_2013, "event", "0601", "unknown_code"),
        (GB_2013, "event", "0179", "unknown_code"),
        (GB_2013, "component", "0116", "retired"),
        (CJ_2007, "event", "0409", "no_successor"),
        (CJ_2007, "event", "0599", "local"),
        (CJ_2007, "component", "0101", "unknown_code"),
        (CURRENT, "event", "06031", "unknown_code"),
    ],
)
def test_what_has_no_successor_says_why(edition: str, kind: str, code: str, reason: str) -> None:
    made = map_code(edition, kind, code)
    assert (made.key, made.reason) == (None, reason)
    assert made.zh
    assert made.en


def test_a_code_of_today_is_itself() -> None:
    assert all(said(CURRENT, kind, code) == f"{CURRENT}:{kind}:{code}" for kind, code in shipped())


@pytest.mark.parametrize("code", ["", "1", "01", "06010", "01-100", "ab01", "０１１０"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as told:
        map_code(GB_2013, "event", code)
    assert told.value.code == "bad_code"


def test_the_table_names_known_things_once() -> None:
    data = resources.files("gis.events").joinpath("data", "category_map_1.csv").read_text("utf-8")
    rows = list(csv.DictReader(data.splitlines()))
    assert len({(r["edition"], r["kind"], r["code"]) for r in rows}) == len(rows)
    known = {f"{CURRENT}:{kind}:{code}" for kind, code in shipped()} | {
        f"gov-s:request:S070{n}" for n in range(1, 7)
    }
    assert {r["to"] for r in rows} - {""} <= known
    assert all(r["edition"] in EDITIONS and bool(r["to"]) != (r["reason"] in REASONS) for r in rows)
    assert Mapped(None, "retired").zh


def test_reports_of_older_systems_come_with_the_category_of_today() -> None:
    """The scheme of an imported report may be an edition; what has no successor is named as unknown."""
    rows = {
        "category_scheme": [GB_2013, CJ_2007, GB_2013, CURRENT], "category_kind": ["event", "event", "event", "matter"],
        "category_code": ["0405", "0504", "0131", "09005"],
    }  # fmt: skip
    checked = check_history(pd.DataFrame(rows), [f"{NEW}09005"])
    assert list(checked.columns["category"]) == [
        f"{NEW}09005",
        f"{NEW}09005",
        f"{GB_2013}:event:0131",
        f"{NEW}09005",
    ]
