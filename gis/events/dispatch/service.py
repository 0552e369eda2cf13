"""Rule sets for whoever may change them: written, checked, tried on history, put into force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Conflict, Invalid, NotFound, Stale
from gis.db.engine import unit_of_work
from gis.db.scope import outside_rules
from gis.db.sql import said_by_database
from gis.events.dispatch import simulate as trying
from gis.events.dispatch import store
from gis.events.dispatch.following import readable
from gis.events.dispatch.lint import ERROR, WARNING, Finding, lint
from gis.events.dispatch.model import Rule, RuleSet
from gis.events.dispatch.reading import rule_as_dict
from gis.events.dispatch.sentence import sentence
from gis.events.dispatch.space import World

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Whole:
    """A rule set with its rules as they are written, each with what it says, and what is wrong with them."""

    head: Mapping[str, Any]
    rules: list[dict[str, Any]]
    findings: list[Finding]


def no_such_set() -> NotFound:
    """There is no such rule set."""
    return NotFound("no_such_rule_set", "没有这套派遣规则", "there is no such rule set")


@contextmanager
def changing(engine: Engine) -> Iterator[Session]:
    """A transaction that changes rules; what the database refuses is told as ours."""
    try:
        with unit_of_work(engine) as session:
            yield session
    except DBAPIError as error:
        said = said_by_database(error)
        if said.startswith("rules_denied"):
            raise outside_rules() from None
        raise


def list_rule_sets(engine: Engine) -> list[dict[str, Any]]:
    """All rule sets without their rules: those in force first, then the newest."""
    with unit_of_work(engine) as session:
        return store.rule_sets(session)


def _head(session: Session, number: int) -> dict[str, Any]:
    found = store.rule_sets(session, number)
    if not found:
        raise no_such_set()
    return found[0]


def read_rule_set(engine: Engine, number: int) -> Whole:
    """A rule set, its rules in words, and what is wrong with it today. Raises NotFound `no_such_rule_set`."""
    with unit_of_work(engine) as session:
        return _whole(session, _head(session, number))


def _whole(session: Session, head: Mapping[str, Any]) -> Whole:
    written = store.rules_of(session, head["id"])
    rules, broken = readable(written)
    world, _ = store.world(session)
    said = {rule.code: sentence(rule, world) for rule in rules}
    unread = ("无法读取", "cannot be read")
    world = world.of_city(head["city"])
    told = [
        {"rule": one, "zh": zh, "en": en}
        for one in written
        for zh, en in [said.get(str(one.get("code")), unread)]
    ]
    return Whole(head, told, findings_of(rules, broken, world))


def findings_of(rules: Sequence[Rule], broken: Sequence[str], world: World) -> list[Finding]:
    """What is wrong with rules, those that cannot be read first."""
    unread = [
        Finding("broken_rule", ERROR, code, "规则无法读取", "the rule cannot be read") for code in broken
    ]
    return unread + lint(rules, world)


def save_rule_set(
    engine: Engine, given: RuleSet, *, number: int | None = None, revision: int | None = None
) -> Whole:
    """Store a new rule set as a draft, or change a draft from its revision.

    Raises Invalid `unknown_city`, Forbidden `rules_outside_scope`, Conflict `version_taken`, `rule_set_fixed` for one
    that was in force, Stale `stale`, NotFound `no_such_rule_set`.
    """
    with changing(engine) as session:
        if number is not None:
            head = _head(session, number)
            if not head["editable"]:
                raise outside_rules()
            _check_draft(head, given, revision)
        if given.city and store.area_id(session, given.city) is None:
            raise Invalid("unknown_city", "没有这个区域", "there is no such area", field="city")
        plain = {
            "city": given.city, "version": given.version, "name_zh": given.name_zh, "name_en": given.name_en,
            "note": given.note, "rules": [rule_as_dict(rule) for rule in given.rules],
        }  # fmt: skip
        made = store.put_rule_set(session, plain, revision if number is not None else None)
        if made is None and number is not None:
            raise stale()
        if made is None:
            raise Conflict(
                "version_taken", "该版本号已被使用", "this version exists already", field="version"
            )
        action = "rules.create" if number is None else "rules.update"
        _record(session, action, made, given.city, {"version": given.version, "rules": len(given.rules)})
        return _whole(session, _head(session, made))


def _check_draft(head: Mapping[str, Any], given: RuleSet, revision: int | None) -> None:
    if head["activated_at"] is not None or head["state"] != "draft":
        raise Conflict(
            "rule_set_fixed",
            "曾生效的规则不可修改，请另存为新版本",
            "rules that were in force are not changed; save them as a new version",
        )
    if (head["city"], head["version"]) != (given.city, given.version):
        raise Conflict(
            "other_rule_set", "区域与版本号不可更改", "city and version stay as they are", field="version"
        )
    if head["revision"] != revision:
        raise stale()


def stale() -> Stale:
    """It was changed meanwhile."""
    return Stale(
        "stale", "内容已被他人修改，请重新读取", "It was changed meanwhile; read it again", field="If-Match"
    )


def _record(session: Session, action: str, number: object, city: str, details: Mapping[str, Any]) -> None:
    area = store.area_id(session, city) if city else None
    record(session, action, "rule_set", number, area_id=area, details=dict(details))


def activate_rule_set(engine: Engine, number: int, revision: int) -> Whole:
    """Put a rule set into force; the one before ends. Refused while the lint finds errors.

    Raises NotFound `no_such_rule_set`, Conflict `rules_have_errors` with them, `active_already`, Stale `stale`,
    Forbidden `rules_outside_scope`.
    """
    with changing(engine) as session:
        whole = _whole(session, _head(session, number))
        if not whole.head["editable"]:
            raise outside_rules()
        if whole.head["state"] == "active":
            raise Conflict("active_already", "这套规则已在生效", "these rules are in force already")
        errors = [one.as_dict() for one in whole.findings if one.severity == ERROR]
        if errors:
            raise Conflict(
                "rules_have_errors",
                f"规则有 {len(errors)} 处错误，不能生效：{errors[0]['zh']}",
                f"the rules have {len(errors)} errors and are not put into force: {errors[0]['en']}",
                findings=errors[:50],
            )
        if not store.activate_rule_set(session, number, revision):
            raise stale()
        head = _head(session, number)
        warnings = sum(one.severity == WARNING for one in whole.findings)
        _record(
            session,
            "rules.activate",
            number,
            head["city"],
            {"version": head["version"], "warnings": warnings},
        )
        return Whole(head, whole.rules, whole.findings)


def simulate(engine: Engine, number: int, *, days: int, against: str = "active") -> dict[str, Any]:
    """What a rule set would have done with the last `days` days, beside the rules in force or what was done.

    Raises NotFound `no_such_rule_set`, Forbidden `rules_outside_scope`.
    """
    with changing(engine) as session:
        head = _head(session, number)
        rules, _ = readable(store.rules_of(session, number))
        return simulate_rules(session, head["city"], rules, days=days, against=against)


def simulate_rules(
    session: Session, city: str, rules: Sequence[Rule], *, days: int, against: str = "active"
) -> dict[str, Any]:
    """The same of rules that are not stored."""
    world, places = store.world(session)
    now = session.execute(text("SELECT now()")).scalar_one()
    since = now - timedelta(days=days)
    history = store.history(session, city, since)
    events = trying.events_of(history, store.hours(session, [city], since, now))
    new = trying.decided(rules, events, places, world.departments)
    if against == "actual":
        found = trying.compare(new, trying.as_it_was(events), only_known=True)
    else:
        active = store.active_set(session, list(world.areas.get(city, ())))
        old, _ = readable(active.rules) if active else ([], [])
        found = trying.compare(new, trying.decided(old, events, places, world.departments))
    rows = [row for examples in found.diff["examples"] for row in examples]
    seen = store.numbers(session, [events["event_id"].iloc[row] for row in rows]) if rows else {}
    names = dict(world.departments) | dict(world.names)
    return {"days": days, "since": since.isoformat(), "against": against} | trying.told(
        found, names, seen, events
    )
