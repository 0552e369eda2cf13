"""The workflow's reading and writing: an event, its steps, a step taken, commands."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.base.datum import to_wgs84
from gis.db.sql import load, said_by_database
from gis.events.workflow.model import Command, Edge, EventState, Position
from gis.events.workflow.refusals import refusal, stale

PACKAGE = "gis.events.workflow"


@dataclass(frozen=True, slots=True)
class Here:
    """An event as it was read, and how far from its place the command was given (metres; None: not said)."""

    state: EventState
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Open:
    """A step the event could take, and why whoever asks may not (None: may)."""

    edge: Edge
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What the database made of a step."""

    seq: int
    at: datetime
    version: int
    status: str
    round: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """A command stored under an id: the hash of its body, and what became of it."""

    body_sha256: bytes
    state: str
    answer: bytes | None
    refusal: dict[str, Any] | None


def event_state(session: Session, event_id: uuid.UUID, position: Position | None = None) -> Here | None:
    """The event as whoever asks sees it; None when they do not."""
    lon, lat = (None, None) if position is None else to_wgs84(position.lon, position.lat, position.coord_sys)
    row = session.execute(
        load(PACKAGE, "event_state"), {"id": event_id, "lon": lon, "lat": lat}
    ).one_or_none()
    if row is None:
        return None
    values = {field.name: getattr(row, field.name) for field in fields(EventState)}
    for name in ("scope_path", "co_departments"):
        values[name] = tuple(values[name])
    return Here(EventState(**values), row.distance_m)


def steps(session: Session, event_id: uuid.UUID, command: str | None = None) -> list[Open]:
    """The edges from where the event stands, with why whoever asks may not take each."""
    rows = session.execute(load(PACKAGE, "steps"), {"id": event_id, "command": command})
    return [Open(edge_of(row), row.refusal) for row in rows]


def where_taken(session: Session, event_id: uuid.UUID, command: str) -> list[tuple[str, str, str]]:
    """The states from which the event's template has a command: each with its Chinese and English label."""
    rows = session.execute(load(PACKAGE, "where_taken"), {"id": event_id, "command": command})
    return [(row.status, row.label_zh, row.label_en) for row in rows]


def edge_of(row: Any) -> Edge:
    """An edge from a row of `workflow_edge`."""
    values: dict[str, Any] = {field.name: getattr(row, field.name) for field in fields(Edge)}
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    return Edge(**values)


def take(
    session: Session, command: Command, edge: Edge, details: dict[str, Any], changes: dict[str, Any]
) -> Taken:
    """Take a step; the database checks all of it again and its refusals are told as ours."""
    values = {
        "event": command.event_id,
        "command": command.name,
        "to_status": edge.to_status,
        "base_version": command.base_version,
        "command_id": command.id,
        "note": command.text,
        "details": _json(details),
        "changes": _json(changes),
    }
    try:
        row = session.execute(load(PACKAGE, "take_step"), values).one()
    except DBAPIError as error:
        told = said_by_database(error)
        match getattr(error.orig, "sqlstate", None):
            case "WG412":
                raise stale(int(told.split(":")[1])) from None
            case "WG409":
                raise refusal(told, command=command.name, status=edge.from_status) from None
        raise
    return Taken(row.seq, row.at, row.version, row.status, row.round)


def lock_command(session: Session, command_id: uuid.UUID) -> None:
    """Wait for whoever works on a command of this id, until the transaction ends."""
    session.execute(load(PACKAGE, "command_lock"), {"id": command_id})


def begin(session: Session, command: Command, body: str, body_sha256: bytes) -> Earlier | None:
    """Note a command; gives the one stored under its id when there is one. None: it is new, or of no event seen.

    For a command of somebody else under the id there is nothing to read: `Earlier` with an empty hash.
    """
    values = command_values(command, body, body_sha256)
    noted = session.execute(load(PACKAGE, "command_begin"), values).one()
    if noted.id is not None or not noted.seen:
        return None
    return earlier(session, command.id) or Earlier(b"", "foreign", None, None)


def earlier(session: Session, command_id: uuid.UUID) -> Earlier | None:
    """The command stored under an id, locked; None for none, or one of somebody else."""
    row = session.execute(load(PACKAGE, "command_earlier"), {"id": command_id}).one_or_none()
    if row is None:
        return None
    answer = None if row.answer is None else row.answer.encode()
    return Earlier(bytes(row.body_sha256), row.state, answer, row.refusal)


def announce(session: Session, command: Command) -> None:
    """Note the photos a command announces, so that their bytes may follow."""
    for photo in command.photos:
        session.execute(
            load(PACKAGE, "photo_announce"),
            {
                "command": command.id,
                "event": command.event_id,
                "slot": photo.slot,
                "sha256": photo.sha256,
            },
        )


def held(session: Session, command_id: uuid.UUID) -> None:
    """Let a command wait for the one before it."""
    session.execute(load(PACKAGE, "command_held"), {"id": command_id})


def waiting_for(session: Session, command_id: uuid.UUID) -> list[dict[str, Any]]:
    """The bodies of the commands held until this one is taken, in the order they came."""
    return list(session.scalars(load(PACKAGE, "command_waiting"), {"id": command_id}))


def expire_held(session: Session, days: int, told: dict[str, Any]) -> bool:
    """Refuse what is held for longer than so many days, telling why; True when there may be more."""
    return bool(session.scalar(load(PACKAGE, "command_expire"), {"days": days, "refusal": _json(told)}))


def command_values(command: Command, body: str, body_sha256: bytes) -> dict[str, Any]:
    """What is stored of a command as it was sent."""
    return {
        "id": command.id,
        "body_sha256": body_sha256,
        "body": body,
        "event": command.event_id,
        "command": command.name,
        "after": command.after,
        "occurred_at": command.occurred_at,
    }


def taken(session: Session, command_id: uuid.UUID, seq: int, answer: bytes, at: datetime) -> None:
    """Store the answer a command was given."""
    values = {"id": command_id, "seq": seq, "answer": answer.decode(), "at": at}
    session.execute(load(PACKAGE, "command_taken"), values)


def refused(session: Session, values: dict[str, Any], told: dict[str, Any]) -> None:
    """Keep why a command was refused."""
    session.execute(load(PACKAGE, "command_refused"), values | {"refusal": _json(told)})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
