"""The members of commands that rating reads: marks, what was solved, what a call-back found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.base.errors import Invalid
from gis.events.rating.tables import OUTCOMES

SOLVED = ("yes", "partly", "no")


def _bad(field: str, code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, f"{field}：{zh}", f"{field}: {en}", field=field)


def read_rating(data: Mapping[str, Any]) -> int:
    """The mark; Invalid `not_number`, `unknown_solved` for what is none."""
    score = data.get("score")
    if not isinstance(score, int) or isinstance(score, bool):
        raise _bad("score", "not_number", "应为整数", "must be a whole number")
    _solved(data)
    return score


def read_outcome(data: Mapping[str, Any]) -> None:
    """How a matter ended, where it is said: fixed, partly_fixed, …; Invalid `unknown_outcome`."""
    if data.get("outcome") is not None and data["outcome"] not in OUTCOMES:
        known = ", ".join(OUTCOMES)
        raise _bad("outcome", "unknown_outcome", f"应为以下之一：{known}", f"must be one of {known}")


def read_call_back(data: Mapping[str, Any]) -> None:
    """What a call found; Invalid `not_bool`, `unknown_solved`, `not_reached` for findings without having reached."""
    for name in ("reached", "answered", "satisfied"):
        if data.get(name) is not None and not isinstance(data[name], bool):
            raise _bad(name, "not_bool", "应为 true 或 false", "must be true or false")
    _solved(data)
    found = [name for name in ("answered", "solved", "satisfied") if data.get(name) is not None]
    if found and data.get("reached") is not True:
        raise _bad(
            "reached", "not_reached", "未联系上则没有结果", "nothing was found out without reaching them"
        )


def _solved(data: Mapping[str, Any]) -> None:
    if data.get("solved") is not None and data["solved"] not in SOLVED:
        raise _bad("solved", "unknown_solved", "应为 yes、partly 或 no", "must be yes, partly or no")
