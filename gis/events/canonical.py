"""Canonical bytes: the same validated report always gives the same hash, however it was written.

The log's bytes are pinned as well: fields joined by the unit separator, which no field may contain, so that
the database and a verifier in any language hash the same row.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gis.accounts.audit_chain import details_text
from gis.events.model import NewReport

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LOG_FORMAT = "wangge-log-2"
SEPARATOR = "\x1f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def canonical_report(report: NewReport) -> bytes:
    """The report as JSON: keys sorted, absent members left out, instants in microseconds, floats shortest."""
    plain = _members(report) | {"id": str(report.id), "category": str(report.category)}
    for key in ("reported_at", "occurred_at"):
        if plain[key] is not None:
            plain[key] = microseconds(plain[key])
    for key in ("address", "contact"):
        if plain[key] is not None:
            plain[key] = {k: v for k, v in _members(plain[key]).items() if v is not None}
    if report.on_behalf_of is not None:
        plain["on_behalf_of"] = _members(report.on_behalf_of)
    present = {k: v for k, v in plain.items() if v is not None}
    text = json.dumps(present, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def _members(one: DataclassInstance) -> dict[str, Any]:
    """The members of a dataclass by name, as they are: `asdict` copies each of them deeply."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def report_hash(report: NewReport) -> bytes:
    """SHA-256 of the canonical report."""
    return hashlib.sha256(canonical_report(report)).digest()


@dataclass(frozen=True, slots=True)
class LogRow:
    """What the hash of a log row covers, in the order of its bytes."""

    event_id: uuid.UUID
    seq: int
    at: datetime
    actor: str
    account_id: int | None
    action: str
    from_status: str | None
    to_status: str
    round: int
    note: str | None
    details: Mapping[str, Any]
    command_id: uuid.UUID | None
    prev_hash: bytes | None


def log_bytes(row: LogRow) -> bytes:
    """The pinned bytes of one log row; the function `log_hash` of the migrations builds the same."""
    fields = (
        LOG_FORMAT, row.event_id, row.seq, microseconds(row.at), row.actor, row.account_id, row.action,
        row.from_status, row.to_status, row.round, row.note, details_text(row.details), row.command_id,
        bytes(row.prev_hash).hex() if row.prev_hash else None,
    )  # fmt: skip
    return SEPARATOR.join("" if field is None else str(field) for field in fields).encode()


def log_row(row: Any) -> LogRow:
    """What is hashed of a row read from the table."""
    return LogRow(**{field.name: getattr(row, field.name) for field in dataclass_fields(LogRow)})


def log_hash(row: LogRow) -> bytes:
    """SHA-256 of a log row."""
    return hashlib.sha256(log_bytes(row)).digest()
