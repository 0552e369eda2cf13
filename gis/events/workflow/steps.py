"""One step inside a transaction: the checks, the row of the log, everybody who follows it, the audit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Invalid
from gis.base.ids import uuid7
from gis.events.workflow import store
from gis.events.workflow.effects import changes_of
from gis.events.workflow.following import follow
from gis.events.workflow.model import Command, Edge, EventState, Step
from gis.events.workflow.refusals import missing, no_such_event, not_now, refusal, stale
from gis.events.workflow.store import Here

HARD = ("forbidden", "not_your_step", "same_person")
SOFT = ("wrong_target", "has_holder", "no_holder", "has_department", "no_department")


def take_in(session: Session, command: Command) -> Step:
    """Take a command inside a transaction: checks, the step, its followers, the audit. No idempotency."""
    here = store.event_state(session, command.event_id, command.position)
    if here is None:
        raise no_such_event()
    if command.base_version != here.state.version:
        raise stale(here.state.version)
    edge = _edge(session, command, here.state)
    _require(command, edge, here)
    changes = changes_of(session, command)
    details = _details(command, here)
    if command.name == "file" and "standard_id" not in changes:
        if "standard" in edge.requires:
            raise missing("standard")
        details["no_standard"] = True
    if changes.get("standard_id") is not None:
        details["filed_under"] = changes["standard_id"]
    taken = store.take(session, command, edge, details, changes)
    step = Step(
        command,
        here.state,
        edge,
        taken.at,
        taken.seq,
        _who(session),
        changes,
        version=taken.version,
        round=taken.round,
    )
    follow(session, step)
    record(
        session,
        "event.command",
        "event",
        command.event_id,
        area_id=here.state.scope_area_id,
        details={
            "command": command.name,
            "id": str(command.id),
            "from": edge.from_status,
            "to": edge.to_status,
        },
    )
    return step


def take_as_system(
    session: Session,
    event_id: uuid.UUID,
    name: str,
    *,
    reason: str | None = None,
    text: str | None = None,
    data: Mapping[str, Any] | None = None,
    base_version: int | None = None,
) -> Step:
    """Take a step the template leaves to the system, inside the transaction: a clock, a rule, a sample, a merge.

    Its row of the log is the system's; the audit names who acts in the transaction. Refused as any command is.
    `base_version` is the version the caller decided on; None: whatever it is now.
    """
    with as_system(session):
        here = store.event_state(session, event_id)
        if here is None:
            raise no_such_event()
        version = here.state.version if base_version is None else base_version
        command = Command(uuid7(), event_id, name, version, text=text, reason=reason, data=data or {})
        return take_in(session, command)


@contextmanager
def as_system(session: Session) -> Iterator[None]:
    """Let the steps of a block be the system's."""
    say = sql("SELECT set_config('wangge.as_system', :on, true)")
    before = session.scalar(sql("SELECT coalesce(told('as_system'), '')"))
    session.execute(say, {"on": "on"})
    try:
        yield
    finally:
        # After an error of the database the transaction, or its savepoint, goes back with the setting.
        with suppress(DBAPIError):
            session.execute(say, {"on": before})


def _edge(session: Session, command: Command, state: EventState) -> Edge:
    """The edge the command takes: of several to different states, the one whose conditions are met."""
    found = store.steps(session, command.event_id, command.name)
    if not found:
        raise not_now(command.name, state, store.where_taken(session, command.event_id, command.name))
    for one in found:
        if one.refusal is None:
            return one.edge
    codes = [one.refusal for one in found if one.refusal is not None]
    told = next((c for c in codes if c in HARD), None) or next((c for c in codes if c not in SOFT), codes[0])
    raise refusal(told, command=command.name, status=state.status)


def _require(command: Command, edge: Edge, here: Here) -> None:
    slots = {photo.slot for photo in command.photos}
    for name in edge.requires:
        match name:
            case "text":
                held = bool(command.text)
            case "reason":
                held = bool(command.reason)
            case _ if name.startswith("photo:"):
                held = name.removeprefix("photo:") in slots
            case "standard" if command.name == "file":
                held = True  # the only one there is needs no naming: told when what the command sets is known
            case _:
                held = command.data.get(name) not in (None, "", [])
        if not held:
            raise missing(name)
    if edge.max_distance_m is not None:
        _require_near(command, edge.max_distance_m, here.distance_m)


def _require_near(command: Command, most_m: float, distance_m: float | None) -> None:
    """Near enough, the stated accuracy counting in favour as far as the distance allowed."""
    if command.position is None or distance_m is None:
        raise missing("position")
    slack = min(command.position.accuracy_m or 0.0, most_m)
    if distance_m - slack > most_m:
        raise Invalid(
            "too_far",
            f"离事件地点 {distance_m:.0f} 米，应在 {most_m:.0f} 米以内",
            f"{distance_m:.0f} m from the place; it must be within {most_m:.0f} m",
            field="position",
            distance_m=round(distance_m, 1),
            max_distance_m=most_m,
        )


def _details(command: Command, here: Here) -> dict[str, Any]:
    """What the log keeps of a command besides its text."""
    plain: dict[str, Any] = {
        "reason": command.reason,
        "data": dict(command.data) or None,
        "distance_m": None if here.distance_m is None else round(here.distance_m, 1),
        "accuracy_m": command.position.accuracy_m if command.position else None,
        "photos": [asdict(photo) for photo in command.photos] or None,
        "occurred_at": command.occurred_at.isoformat() if command.occurred_at else None,
    }
    return {name: value for name, value in plain.items() if value is not None}


def _who(session: Session) -> int | None:
    found: int | None = session.scalar(
        sql("SELECT CASE WHEN told('as_system') IS NULL THEN account_id() END")
    )
    return found
