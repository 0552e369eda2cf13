"""A template is linted before anything follows it, and the shipped ones are clean."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from sqlalchemy import Engine

from gis.events.workflow.lint import lint
from gis.events.workflow.reading import read_workflow

pytestmark = pytest.mark.db
SHIPPED = ("urban", "grid", "hotline")
Template = dict[str, Any]


@pytest.fixture(scope="module")
def templates(engine: Engine) -> dict[str, Template]:
    return {code: read_workflow(engine, code) for code in SHIPPED}


@pytest.mark.parametrize("code", SHIPPED)
def test_a_shipped_template_has_no_faults(templates: dict[str, Template], code: str) -> None:
    assert lint(templates[code]) == []


@pytest.mark.parametrize("code", SHIPPED)
def test_a_shipped_template_names_everything_in_two_languages(
    templates: dict[str, Template], code: str
) -> None:
    for part in (*templates[code]["states"], *templates[code]["edges"]):
        assert part["label_zh"]
        assert not part["label_zh"].isascii()
        assert part["label_en"]
        assert part["label_en"].isascii()


@pytest.mark.parametrize("code", SHIPPED)
def test_no_state_waits_without_a_limit(templates: dict[str, Template], code: str) -> None:
    for state in templates[code]["states"]:
        finished = state["status"] in ("closed", "rejected", "cancelled", "merged")
        assert (state["timeout"] is None) == finished


@pytest.mark.parametrize("code", SHIPPED)
def test_the_file_says_nothing_that_is_not_read(code: str) -> None:
    data = resources.files("gis.events").joinpath("data", "workflows", f"{code}.toml").read_text("utf-8")
    made = tomllib.loads(data)
    known = {
        "command", "from", "to", "permission", "party", "at_level", "not_by", "needs", "requires", "max_distance_m",
        "clock", "notifies", "by_system", "label",
    }  # fmt: skip
    assert not [set(edge) - known for edge in made["edge"] if set(edge) - known]
    assert {edge["command"] for edge in made["edge"]} == set(made["commands"])


def edges(template: Template, command: str, start: str | None = None) -> list[dict[str, Any]]:
    return [
        edge for edge in template["edges"] if edge["command"] == command and start in (None, edge["from"])
    ]


def _no_limit(template: Template) -> None:
    template["states"][0]["limit_kind"] = None


def _impossible(template: Template) -> None:
    template["states"][0]["timeout"] = "reject"


def _unreachable(template: Template) -> None:
    template["edges"] = [edge for edge in template["edges"] if edge["to"] != "suspended"]


def _dead_end(template: Template) -> None:
    template["edges"] = [
        edge for edge in template["edges"] if edge["from"] != "suspended" or edge["to"] == "suspended"
    ]


def _self_check(template: Template) -> None:
    edges(template, "pass_inspection")[0]["not_by"] = ["feedback"]


def _own_closing(template: Template) -> None:
    edges(template, "close", "self_handled")[0]["not_by"] = []


def _two(template: Template) -> None:
    template["edges"].append(edges(template, "accept")[0] | {"to": "filed"})


def _nobody(template: Template) -> None:
    edges(template, "accept")[0]["permission"] = None


def _word(template: Template) -> None:
    edges(template, "accept")[0]["needs"] = ["at_most:accept"]


def _input(template: Template) -> None:
    edges(template, "dispatch")[0]["requires"] = []


def _not_taken(template: Template) -> None:
    edges(template, "accept")[0]["requires"] = ["department"]


def _late(template: Template) -> None:
    edges(template, "verify")[0]["to"] = "filed"


def _end(template: Template) -> None:
    state = next(one for one in template["states"] if one["status"] == "closed")
    state["stage"] = "close"


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_no_limit, "no_timeout"),
        (_impossible, "timeout_impossible"),
        (_unreachable, "unreachable"),
        (_dead_end, "dead_end"),
        (_self_check, "self_check"),
        (_own_closing, "self_check"),
        (_two, "two_targets"),
        (_nobody, "nobody_may"),
        (_word, "unknown_word"),
        (_input, "input_missing"),
        (_not_taken, "not_taken"),
        (_late, "verified_late"),
        (_end, "end_waits"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_fault_is_found(
    templates: dict[str, Template], harm: Callable[[Template], None], code: str
) -> None:
    template = copy.deepcopy(templates["urban"])
    harm(template)
    assert code in {fault["code"] for fault in lint(template)}
