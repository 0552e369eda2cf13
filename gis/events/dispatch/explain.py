"""Who has to see to an event, and why: what was decided, on what facts, who lost, and who decided otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Conflict, Forbidden, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.events.dispatch import decided, store
from gis.events.dispatch.decide import PLACE, fill, levels_in, resolve
from gis.events.dispatch.model import Rule, Target
from gis.events.dispatch.reading import read_rule
from gis.events.dispatch.sentence import sentence
from gis.events.dispatch.space import World
from gis.events.workflow.refusals import no_such_event

SHORTEST_REASON, LONGEST_REASON = 4, 500


def explain(engine: Engine, event: UUID) -> dict[str, Any]:
    """What was decided about an event, in order, with the item of the duty list and the approvals.

    Raises NotFound `no_such_event`.
    """
    with unit_of_work(engine) as session:
        row, found = decided.asked(session, event), store.known(session, event)
        if row is None or found is None:
            raise no_such_event()
        world, _ = store.world(session)
        traces = [
            _trace(one, world, found.places, words=row.reads_words) for one in decided.traces(session, event)
        ]
        duty = store.duty_for(session, found, _day(session))
        return {
            "event": str(event),
            "number": row.number,
            "proposed": next((one["target"] for one in reversed(traces) if one["decided"]), None),
            "decisions": traces,
            "duty": None if duty is None else _duty(duty, found.places, world),
            "approvals": [one | {"at": one["at"].isoformat()} for one in decided.approvals(session, event)],
        }


def _day(session: Session) -> Any:
    from gis.events.dispatch.lists import today

    return today(session)


def _trace(row: Mapping[str, Any], world: World, places: Mapping[str, str], *, words: bool) -> dict[str, Any]:
    """One decision on an event in `places`; what was answered at the filing is for who reads its words."""
    rule, said = _said(row["rule_body"], world, places)
    at: datetime = row["at"]
    rule_set = {"id": row["rule_set_id"], "city": row["city"], "version": row["rule_set"],
                "name_zh": row["rule_set_zh"], "name_en": row["rule_set_en"]}  # fmt: skip
    return {
        "seq": row["seq"],
        "at": at.astimezone(UTC).isoformat(),
        "outcome": row["outcome"],
        "decided": row["outcome"] in {"auto", "proposed", "none"},
        "rule_set": None if row["rule_set_id"] is None else rule_set,
        "rule": row["rule"],
        "rule_zh": said[0],
        "rule_en": said[1],
        "basis": rule.basis if rule is not None else "",
        "inputs": row["inputs"] if words else {k: v for k, v in row["inputs"].items() if k != "answers"},
        "lost": [_lost(one, row, world, places) for one in row["lost"]],
        "target": _named(row["target"], world),
        "instead_of": _named(row["proposed"], world) if row["outcome"] == "overridden" else None,
        "alarm": row["alarm"],
        "detail": row["detail"],
        "by": row["by"],
        "reason": row["reason"] if words else None,
    }


def _said(body: Any, world: World, places: Mapping[str, str]) -> tuple[Rule | None, tuple[str | None, ...]]:
    """The rule of a body as it was kept, and what it says of an event in these places."""
    rule, problems = read_rule(body) if body else (None, [])
    return rule, (None, None) if rule is None or problems else sentence(rule, world, places)


def _lost(
    one: Mapping[str, Any], row: Mapping[str, Any], world: World, places: Mapping[str, str]
) -> dict[str, Any]:
    """A rule that did not decide, in words; where it would have sent the event, as far as that is known."""
    target = Target(one["target"]["kind"], one["target"]["code"])
    if not target.code or PLACE.search(target.code):
        found = resolve(target, places, row["inputs"].get("owner"))
        target = target if isinstance(found, str) else found
    _, said = _said((row["lost_bodies"] or {}).get(one["rule"]), world, places)
    return {**one, "target": _named(asdict(target), world), "rule_zh": said[0], "rule_en": said[1]}


def _named(target: Mapping[str, Any] | None, world: World) -> dict[str, Any] | None:
    if target is None:
        return None
    code = str(target["code"])
    return {**target, "name": world.departments.get(code) or world.names.get(code) or code}


def _duty(row: Mapping[str, Any], places: Mapping[str, str], world: World) -> dict[str, Any]:
    def named(code: str) -> dict[str, str]:
        if all(level in places for level in levels_in(Target("department", code))):
            code = fill(code, places)
        return {"code": code, "name": world.departments.get(code, code)}

    return {
        "city": row["city"], "version": row["version"], "code": row["code"], "name": row["name"],
        "basis": row["basis"], "lead": named(row["lead"]), "supporting": [named(one) for one in row["supporting"]],
    }  # fmt: skip


def approve(engine: Engine, event: UUID, area: str, reason: str) -> None:
    """Approve that an event is sent down to an area beyond its admission list, on record.

    Raises NotFound `no_such_event`, `area_not_found`, Forbidden `forbidden` where `events.approve` does not reach,
    Invalid `reason_too_short`, Conflict `approved_already`.
    """
    words = reason.strip()
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON or not words.isprintable():
        raise Invalid("reason_too_short", "请写明理由", "Say why", field="reason")
    with unit_of_work(engine) as session:
        row = decided.asked(session, event)
        if row is None:
            raise no_such_event()
        if not row.may_approve:
            raise Forbidden("forbidden", "您没有权限执行此操作", "You may not take this step")
        found = store.area_id(session, area)
        if found is None:
            raise NotFound("area_not_found", "没有这个区域", "there is no such area", field="area")
        if not decided.add_approval(session, event, found, words):
            raise Conflict("approved_already", "该事项已获批准", "This was approved before")
        details = {"area": area, "reason": words}
        record(session, "admission.approve", "event", event, area_id=row.scope_area_id, details=details)


def list_alarms(
    engine: Engine, *, open_: bool | None, count: int, before: int | None = None
) -> list[dict[str, Any]]:
    """Alarms of the areas where one may change rules, the latest first."""
    with unit_of_work(engine) as session:
        return decided.alarms(session, open_=open_, count=count, before=before)


def acknowledge(engine: Engine, number: int, note: str) -> dict[str, Any]:
    """Say that an alarm was seen to, on record. Raises NotFound `no_such_alarm`, Conflict `seen_already`."""
    with unit_of_work(engine) as session:
        found = decided.alarms(session, number=number)
        if not found:
            raise NotFound("no_such_alarm", "没有这条告警", "there is no such alarm")
        if decided.acknowledge(session, number, note.strip()) is None:
            raise Conflict("seen_already", "该告警已确认", "this alarm was seen to before")
        details = {"kind": found[0]["kind"], "note": note.strip()}
        record(
            session,
            "alarm.acknowledge",
            "dispatch_alarm",
            number,
            area_id=found[0]["area_id"],
            details=details,
        )
        return decided.alarms(session, number=number)[0]
