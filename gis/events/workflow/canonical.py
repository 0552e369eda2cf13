"""A command as canonical JSON: the same however it was written, so that its hash says whether it is the same."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gis.events.canonical import microseconds
from gis.events.workflow.model import Command, Evidence, Position

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def canonical_command(command: Command) -> str:
    """The command as JSON: keys sorted, absent members left out, instants in microseconds."""
    plain = asdict(replace(command, data={})) | {"data": dict(command.data)}
    plain |= {name: str(plain[name]) for name in ("id", "event_id", "after") if plain[name] is not None}
    if command.occurred_at is not None:
        plain["occurred_at"] = microseconds(command.occurred_at)
    present = {name: value for name, value in plain.items() if value not in (None, (), {})}
    return json.dumps(
        present, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str
    )


def command_from(plain: Mapping[str, Any]) -> Command:
    """The command a stored body stands for."""
    values = dict(plain)
    for name in ("id", "event_id", "after"):
        if name in values:
            values[name] = uuid.UUID(values[name])
    if "occurred_at" in values:
        values["occurred_at"] = _EPOCH + timedelta(microseconds=values["occurred_at"])
    if "position" in values:
        values["position"] = Position(**values["position"])
    values["photos"] = tuple(Evidence(**photo) for photo in values.get("photos", ()))
    return Command(**values)
