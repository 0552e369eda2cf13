"""The pinned bytes of an audit row, as the database hashes them, for verifiers outside of it.

Fields are joined by the unit separator, which none of them may contain; absent ones are empty. `details` are
hashed as PostgreSQL writes jsonb: keys by length, then by bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

FORMAT = "wangge-audit-1"
SEPARATOR = "\x1f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ChainedRow:
    """What the hash of an audit row covers, in the order of its bytes."""

    object_type: str
    object_id: str
    seq: int
    at: datetime
    account_id: int | None
    actor: str
    role: str
    address: str | None
    trace_id: str | None
    area_id: int | None
    action: str
    result: str
    details: Mapping[str, Any]
    prev_hash: bytes | None


def details_text(value: Any) -> str:
    """A JSON value as PostgreSQL writes it out of a jsonb column."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{details_text(key)}: {details_text(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(details_text, value)) + "]"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").replace("-", "" if value == 0 else "-")
    return json.dumps(value, ensure_ascii=False)


def audit_bytes(row: ChainedRow) -> bytes:
    """The pinned bytes of a row; the function `audit_hash` of the migrations builds the same."""
    fields = (
        FORMAT,
        row.object_type,
        row.object_id,
        row.seq,
        (row.at - _EPOCH) // timedelta(microseconds=1),
        row.account_id,
        row.actor,
        row.role,
        row.address,
        row.trace_id,
        row.area_id,
        row.action,
        row.result,
        details_text(row.details),
        row.prev_hash.hex() if row.prev_hash else None,
    )
    return SEPARATOR.join("" if field is None else str(field) for field in fields).encode()


def audit_hash(row: ChainedRow) -> bytes:
    """SHA-256 of a row."""
    return hashlib.sha256(audit_bytes(row)).digest()
