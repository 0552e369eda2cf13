"""What pydantic found wrong, in our words: in Chinese and in English, with what is allowed and never what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Each with what pydantic tells of it.
ALLOWED = {
    "too_short": ("至少要有 {min_length} 项", "at least {min_length} needed"),
    "too_long": ("至多 {max_length} 项", "at most {max_length}"),
    "greater_than_equal": ("不能小于 {ge}", "must not be less than {ge}"),
    "less_than_equal": ("不能大于 {le}", "must not be more than {le}"),
    "greater_than": ("应大于 {gt}", "must be more than {gt}"),
    "less_than": ("应小于 {lt}", "must be less than {lt}"),
    "list_type": ("应为数组", "must be a list"),
    "float_type": ("应为数字", "must be a number"),
    "literal_error": ("应为以下之一：{expected}", "must be one of {expected}"),
    "enum": ("应为以下之一：{expected}", "must be one of {expected}"),
}
OTHER = ("取值无效", "the value is not valid")

Codes = Mapping[str, str | tuple[str, str, str]]


def problem_of(found: Mapping[str, Any], where: tuple[Any, ...], codes: Codes, other: str) -> dict[str, str]:
    """One problem at a member, by its name. `codes` has our code for a kind, perhaps with words of its own; a kind it
    does not know is called `other`."""
    field = ".".join(str(part) for part in where)[:80].encode("utf-8", "replace").decode()
    known = codes.get(found["type"], other)
    code, zh, en = (known, *_allowed(found)) if isinstance(known, str) else known
    return {"field": field, "code": code, "detail": f"{field}：{zh}", "detail_en": f"{field}: {en}"}


def _allowed(found: Mapping[str, Any]) -> tuple[str, str]:
    told = dict(found.get("ctx", {}))
    if "expected" in told:  # as the schema has them, said without a word of English
        told["expected"] = told["expected"].replace("'", "").replace(" or ", ", ")
    zh, en = ALLOWED.get(found["type"], OTHER)
    return zh.format_map(told), en.format_map(told)
