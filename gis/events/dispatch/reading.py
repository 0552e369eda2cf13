"""Rules as they are written (TOML, JSON) and as they are meant; every problem of a file is told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from gis.base.errors import InvalidFile, Problem
from gis.events.dispatch.decide import PLACE
from gis.events.dispatch.model import (
    DAY,
    LEVELS,
    OWNERS,
    STAGES,
    TARGETS,
    TIMES,
    UNSENT,
    URGENCIES,
    Rule,
    RuleSet,
    Target,
)

MOST_RULES: Final = 2_000
MOST_VALUES: Final = 500
LONGEST: Final = 500
CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
AREA = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
CATEGORY = re.compile(r"[A-Za-z0-9_.-]{1,32}(:[a-z]{1,16}(:[A-Za-z0-9]{1,16})?)?", re.ASCII)
DEPARTMENT = re.compile(r"[A-Za-z0-9{}_.-]{1,64}", re.ASCII)
SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
WORD = re.compile(r"[a-z_]{1,24}", re.ASCII)
MEMBERS: Final = (
    "code", "name", "categories", "areas", "urgency", "source", "time", "weekdays", "months", "hours", "answers",
    "owner", "to", "department", "priority", "stage", "auto", "valid_from", "valid_to", "basis",
)  # fmt: skip
AUTO_TARGET: Final = (
    "派给网格员或社区的不能自动派遣，须由人决定",
    "what goes to a worker or a community is decided by a person",
)
HEAD: Final = ("city", "version", "name_zh", "name_en", "note", "rule", "rules")


class _Row:
    """One rule as written; `wrong` collects what cannot be read."""

    def __init__(self, given: Mapping[str, Any], number: int | None) -> None:
        self.given, self.place, self.wrong = given, number, list[Problem]()

    def refuse(self, field: str, zh: str, en: str, code: str = "bad_value") -> None:
        value = self.given.get(field)
        shown = None if value is None else str(value)[:80]
        self.wrong.append(Problem(self.place, field, code, f"{field}：{zh}", f"{field}: {en}", shown))

    def text(self, field: str, shape: re.Pattern[str] | None = None, *, needed: bool = False) -> str:
        value = self.given.get(field, "")
        if value == "" and not needed:
            return ""
        if field not in self.given:
            self.refuse(field, "缺少此项", "required", "missing")
        elif not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
            self.refuse(field, "应为文字", "must be text")
        elif value == "" or (shape is not None and not shape.fullmatch(value)):
            self.refuse(field, "写法有误", "is not written in the right way")
        else:
            return value
        return ""

    def word(self, field: str, known: Iterable[str], *, needed: bool = False) -> str:
        value = self.text(field, needed=needed)
        if value and value not in known:
            self.refuse(field, f"应为 {'、'.join(known)}", f"must be one of {', '.join(known)}")
            return ""
        return value

    def items(self, field: str) -> list[Any]:
        value = self.given.get(field, [])
        value = [value] if isinstance(value, str | int) and not isinstance(value, bool) else value
        if not isinstance(value, list) or len(value) > MOST_VALUES:
            self.refuse(field, f"应为至多 {MOST_VALUES} 项的列表", f"must be a list of at most {MOST_VALUES}")
            return []
        return value

    def texts(self, field: str, good: Callable[[str], object]) -> tuple[str, ...]:
        found = self.items(field)
        bad = [one for one in found if not (isinstance(one, str) and good(one))]
        if bad:
            self.refuse(field, f"写法有误：{str(bad[0])[:40]}", f"not written right: {str(bad[0])[:40]}")
            return ()
        return tuple(sorted(set(found)))

    def numbers(self, field: str, least: int, most: int) -> tuple[int, ...]:
        found = self.items(field)
        if not all(type(one) is int and least <= one <= most for one in found):
            self.refuse(
                field, f"应为 {least} 到 {most} 的整数", f"must be whole numbers from {least} to {most}"
            )
            return ()
        return tuple(sorted(set(found)))

    def number(self, field: str, limit: int) -> int:
        value = self.given.get(field, 0)
        if type(value) is not int or abs(value) > limit:
            self.refuse(field, "应为整数", "must be a whole number")
            return 0
        return value

    def flag(self, field: str) -> bool:
        value = self.given.get(field, False)
        if not isinstance(value, bool):
            self.refuse(field, "应为 true 或 false", "must be true or false")
        return value is True

    def day(self, field: str) -> date | None:
        value = self.given.get(field)
        if isinstance(value, str):
            with suppress(ValueError):
                value = date.fromisoformat(value) if len(value) == 10 else value
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.refuse(field, "应为日期，如 2026-07-01", "must be a date as 2026-07-01")
        return None


def _hours(row: _Row) -> tuple[tuple[int, int], ...]:
    found = set()
    for one in row.items("hours"):
        span = SPAN.fullmatch(one) if isinstance(one, str) else None
        a, b, c, d = map(int, span.groups()) if span else (99, 0, 0, 0)
        start, end = a * 60 + b, c * 60 + d
        if a > 23 or b > 59 or d > 59 or end > DAY or start == end:
            row.refuse("hours", "应为 08:00-17:30 这样的时段", "must be spans as 08:00-17:30")
            return ()
        found.add((start, end))
    return tuple(sorted(found))


def answer_text(value: Any) -> str:
    """An answer as rules compare it: true and 3 are the texts `true` and `3`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answers(row: _Row) -> tuple[tuple[str, tuple[str, ...]], ...]:
    given = row.given.get("answers", {})
    if not isinstance(given, Mapping) or len(given) > 20:
        row.refuse("answers", "应为问题与答案", "must be questions and answers")
        return ()
    read = {}
    for key, value in given.items():
        values = value if isinstance(value, list) else [value]
        plain = all(isinstance(one, str | int | bool) and len(str(one)) <= 80 for one in values)
        if not CODE.fullmatch(str(key)) or not values or not plain:
            row.refuse("answers", "问题与答案应为短文字", "questions and answers are short texts")
            return ()
        read[str(key)] = tuple(sorted({answer_text(one) for one in values}))
    return tuple(sorted(read.items()))


def _target(row: _Row) -> Target:
    kind = row.word("to", TARGETS, needed=True)
    code = row.text("department", DEPARTMENT, needed=kind == "department")
    if code and kind not in {"department", ""}:
        row.refuse("department", "仅用于 to = department", "only where to = department")
    named = PLACE.findall(code)
    if [one for one in named if one not in LEVELS] or code.count("{") != len(named):
        row.refuse("department", f"花括号内应为 {'、'.join(LEVELS)}", f"in braces: {', '.join(LEVELS)}")
    return Target(kind or "department", code)


def read_rule(given: Mapping[str, Any], number: int | None = None) -> tuple[Rule, list[Problem]]:
    """A rule as written, and what is wrong with it; with problems the rule is not to be used."""
    row = _Row(given, number)
    for key in given:
        if key not in MEMBERS:
            said = str(key)[:40]
            row.wrong.append(
                Problem(number, said, "unknown_key", f"{said}：未知的键", f"{said}: unknown key")
            )
    rule = Rule(
        code=row.text("code", CODE, needed=True),
        target=_target(row),
        name=row.text("name"),
        categories=row.texts("categories", CATEGORY.fullmatch),
        areas=row.texts("areas", AREA.fullmatch),
        urgencies=row.texts("urgency", URGENCIES.__contains__),
        sources=row.texts("source", WORD.fullmatch),
        time=row.word("time", TIMES),
        weekdays=row.numbers("weekdays", 1, 7),
        months=row.numbers("months", 1, 12),
        hours=_hours(row),
        answers=_answers(row),
        owner=row.texts("owner", lambda one: one in OWNERS or (DEPARTMENT.fullmatch(one) and "{" not in one)),
        priority=row.number("priority", 1_000_000),
        stage=row.word("stage", STAGES),
        auto=row.flag("auto"),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        basis=row.text("basis"),
    )
    if rule.valid_from and rule.valid_to and rule.valid_from >= rule.valid_to:
        row.refuse("valid_to", "应晚于 valid_from", "must be after valid_from")
    if rule.auto and rule.target.kind in UNSENT:
        row.refuse("auto", *AUTO_TARGET, code="auto_target")
    return rule, row.wrong


def read_rules(given: Iterable[Any]) -> tuple[list[Rule], list[Problem]]:
    """Rules as written and everything that is wrong with them; problems count rules from 1."""
    rules, problems = [], []
    for number, one in enumerate(given, 1):
        if number > MOST_RULES:
            problems.append(
                Problem(None, None, "too_many", f"规则超过 {MOST_RULES} 条", f"more than {MOST_RULES} rules")
            )
            break
        if not isinstance(one, Mapping):
            problems.append(Problem(number, None, "not_object", "应为一条规则", "must be a rule"))
            continue
        rule, wrong = read_rule(one, number)
        rules.append(rule)
        problems += wrong
    codes = [rule.code for rule in rules if rule.code]
    problems += [
        Problem(None, "code", "repeated", f"编号重复：{code}", f"the code is given twice: {code}", code)
        for code in sorted({one for one in codes if codes.count(one) > 1})
    ]
    return rules, problems


def read_rule_set(given: Mapping[str, Any]) -> RuleSet:
    """A whole rule set as written. Raises `InvalidFile` with every problem in it."""
    row = _Row(given, None)
    problems = [
        Problem(
            None, str(key)[:40], "unknown_key", f"{str(key)[:40]}：未知的键", f"{str(key)[:40]}: unknown key"
        )
        for key in given
        if key not in HEAD
    ]
    listed = given.get("rules", given.get("rule", []))
    rules, wrong = read_rules(listed if isinstance(listed, list) else [listed])
    city, version = row.text("city", AREA), row.text("version", CODE, needed=True)
    zh, en, note = row.text("name_zh", needed=True), row.text("name_en"), row.text("note")
    problems += row.wrong + wrong
    if not rules:
        problems.append(Problem(None, "rule", "no_rows", "没有规则", "there are no rules"))
    if problems:
        raise InvalidFile(problems, rows=len(rules))
    return RuleSet(city, version, zh, en or zh, tuple(rules), note)


def read_toml(data: bytes) -> RuleSet:
    """A rule set from a TOML file. Raises `InvalidFile` with every problem in it."""
    try:
        given = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = str(error)[:200]
        raise InvalidFile(
            [
                Problem(
                    None, None, "file_unreadable", f"不是 UTF-8 的 TOML：{said}", f"not TOML in UTF-8: {said}"
                )
            ]
        ) from error
    return read_rule_set(given)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """A rule as it is written, without what it does not say: `read_rule` reads the same rule back."""
    told: dict[str, Any] = {
        "code": rule.code,
        "name": rule.name,
        "categories": list(rule.categories),
        "areas": list(rule.areas),
        "urgency": list(rule.urgencies),
        "source": list(rule.sources),
        "time": rule.time,
        "weekdays": list(rule.weekdays),
        "months": list(rule.months),
        "hours": [f"{_clock(start)}-{_clock(end)}" for start, end in rule.hours],
        "answers": {key: list(values) for key, values in rule.answers},
        "owner": list(rule.owner),
        "to": rule.target.kind,
        "department": rule.target.code,
        "priority": rule.priority,
        "stage": rule.stage,
        "auto": rule.auto,
        "valid_from": rule.valid_from.isoformat() if rule.valid_from else None,
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
        "basis": rule.basis,
    }
    return {name: value for name, value in told.items() if value not in ("", [], {}, None, False, 0)}
