"""Canonical bytes: the same validated report always gives the same hash, however it was written.

The log's bytes are pinned as well: fields joined by the unit separator, which no field may contain, so that
the database and a verifier in any language hash the same row.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from gis.events.model import NewReport

LOG_FORMAT = "wangge-log-1"
SEPARATOR = "\x1f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def canonical_report(report: NewReport) -> bytes:
    """The report as JSON: keys sorted, absent members left out, instants in microseconds, floats shortest."""
    plain = asdict(report) | {"id": str(report.id), "category": str(report.category)}
    for key in ("reported_at", "occurred_at"):
        if plain[key] is not None:
            plain[key] = microseconds(plain[key])
    for key in ("address", "contact"):
        if plain[key] is not None:
            plain[key] = {k: v for k, v in plain[key].items() if v is not None}
    present = {k: v for k, v in plain.items() if v is not None}
    text = json.dumps(present, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def report_hash(report: NewReport) -> bytes:
    """SHA-256 of the canonical report."""
    return hashlib.sha256(canonical_report(report)).digest()


def log_bytes(  # noqa: PLR0917 - the order of the fields is the format
    event_id: uuid.UUID,
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    from_status: str | None,
    to_status: str,
    note: str | None,
    prev_hash: bytes | None,
) -> bytes:
    """The pinned bytes of one log row; the function `log_hash` of the migrations builds the same."""
    fields = (
        LOG_FORMAT, str(event_id), str(seq), str(microseconds(at)), actor, action, from_status or "",
        to_status, note or "", prev_hash.hex() if prev_hash else "",
    )  # fmt: skip
    return SEPARATOR.join(fields).encode()


def log_hash(*fields: object) -> bytes:
    """SHA-256 of a log row, fields as in `log_bytes`."""
    return hashlib.sha256(log_bytes(*fields)).digest()  # type: ignore[arg-type]
