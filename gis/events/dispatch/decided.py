"""What was decided about events, by rules and by people, and the alarms of rules that did not work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.db.visible import put_scope, scope_of_session
from gis.events.dispatch.model import Decision, Target
from gis.events.dispatch.store import PACKAGE, Known, as_json, reader


def add_approval(session: Session, event: UUID, area: int, reason: str) -> bool:
    """Approve that an event is sent down to an area; False when it was already."""
    values = {"event": event, "area": area, "reason": reason}
    return session.scalar(load(PACKAGE, "add_approval"), values) is not None


def add_trace(
    session: Session,
    event: UUID,
    outcome: str,
    decision: Decision,
    *,
    at: datetime,
    rule_set: int | None,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Keep a decision of the rules."""
    values = {
        "event_id": event,
        "at": at,
        "outcome": outcome,
        "rule_set_id": rule_set,
        "rule": decision.rule.code if decision.rule else None,
        "inputs": as_json({**decision.inputs, **(extra or {})}),
        "lost": as_json([asdict(one) for one in decision.lost]),
        "target": as_json(target_as_dict(decision.target)),
        "proposed": None,
        "alarm": decision.alarm or None,
        "detail": decision.detail,
        "account_id": None,
        "reason": None,
    }
    session.execute(load(PACKAGE, "add_trace"), values)


def add_dispatch(
    session: Session,
    event: UUID,
    outcome: str,
    found: Known,
    target: Target,
    *,
    at: datetime,
    account: int | None,
    reason: str | None,
) -> None:
    """Keep what a person made of it: whom it went to, and what the rules had said."""
    values = {
        "event_id": event,
        "at": at,
        "outcome": outcome,
        "rule_set_id": found.rule_set_id,
        "rule": found.rule,
        "inputs": "{}",
        "lost": "[]",
        "target": as_json(target_as_dict(target)),
        "proposed": as_json(found.target),
        "alarm": None,
        "detail": "",
        "account_id": account,
        "reason": reason,
    }
    session.execute(load(PACKAGE, "add_trace"), values)


def target_as_dict(target: Target | None) -> dict[str, str] | None:
    """A target as plain values."""
    return None if target is None else {"kind": target.kind, "code": target.code}


def raise_alarm(
    session: Session, kind: str, *, rule_set: int | None, rule: str, category: str, event: UUID, detail: str
) -> None:
    """Show that a rule did not work until somebody sees to it."""
    values = {
        "kind": kind, "rule_set": rule_set, "rule": rule, "category": category, "event": event, "detail": detail,
    }  # fmt: skip
    session.execute(load(PACKAGE, "raise_alarm"), values)


def alarms(
    session: Session,
    *,
    open_: bool | None = None,
    number: int | None = None,
    before: int | None = None,
    count: int = 1,
) -> list[dict[str, Any]]:
    """Alarms of the areas where rules may be changed, the latest first."""
    values = reader(session) | {"open": open_, "id": number, "before": before, "count": count}
    return [dict(row._mapping) for row in session.execute(load(PACKAGE, "alarms"), values)]


def acknowledge(session: Session, number: int, note: str) -> int | None:
    """Say that an alarm was seen to; the id of its area, None when there is no such open alarm (or no area)."""
    row = session.execute(load(PACKAGE, "acknowledge"), {"id": number, "note": note}).one_or_none()
    return None if row is None else int(row.id)


def asked(session: Session, event: UUID) -> Any:
    """The event as whoever asks sees it: id, number, area; None where there is none for them."""
    query, values = put_scope(load(PACKAGE, "event_asked").text, scope_of_session(session))
    return session.execute(text(query), values | {"id": event}).one_or_none()


def traces(session: Session, event: UUID) -> list[dict[str, Any]]:
    """What was decided about an event, in order."""
    return [dict(row._mapping) for row in session.execute(load(PACKAGE, "traces"), {"id": event})]


def approvals(session: Session, event: UUID) -> list[dict[str, Any]]:
    """Approvals to send an event down beyond a community's list."""
    return [dict(row._mapping) for row in session.execute(load(PACKAGE, "approvals"), {"id": event})]
