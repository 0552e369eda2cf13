"""Opaque paging cursors: where to go on, signed, and good only for the filter they were made with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from datetime import UTC, datetime, timedelta

from gis.base.errors import Invalid
from gis.events.filters import EventFilter, Position

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNATURE_BYTES = 12


def _signature(secret: str, wanted: EventFilter, position: bytes) -> bytes:
    bound = hashlib.sha256(repr(wanted).encode()).digest() + position
    return hmac.digest(secret.encode(), bound, "sha256")[:_SIGNATURE_BYTES]


def write_cursor(secret: str, wanted: EventFilter, position: Position) -> str:
    """The cursor of the page after `position` under this filter."""
    micros = (position.opened_at - _EPOCH) // timedelta(microseconds=1)
    raw = micros.to_bytes(8, "big", signed=True) + position.id.bytes
    return base64.urlsafe_b64encode(raw + _signature(secret, wanted, raw)).decode()


def read_cursor(secret: str, wanted: EventFilter, cursor: str) -> Position:
    """The position in a cursor; Invalid `bad_cursor` when it is not ours or belongs to another filter."""
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    position, signature = raw[:24], raw[24:]
    if len(raw) != 24 + _SIGNATURE_BYTES or not hmac.compare_digest(
        signature, _signature(secret, wanted, position)
    ):
        raise Invalid(
            "bad_cursor",
            "翻页标记无效，或筛选条件已改变；请从第一页开始",
            "This cursor is not valid for these filters; start from the first page",
            field="cursor",
        )
    moment = _EPOCH + timedelta(microseconds=int.from_bytes(position[:8], "big", signed=True))
    return Position(moment, uuid.UUID(bytes=position[8:]))
