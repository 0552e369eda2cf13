"""Opaque paging cursors: where to go on, signed, and good only for the filter they were made with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from datetime import UTC, datetime, timedelta

from gis.base.errors import Invalid
from gis.events.filters import Position

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNATURE_BYTES = 12


def _sign(secret: str, bound: object, position: bytes) -> bytes:
    told = hashlib.sha256(repr(bound).encode("utf-8", "replace")).digest() + position
    return hmac.digest(secret.encode(), told, "sha256")[:_SIGNATURE_BYTES]


def _write(secret: str, bound: object, position: bytes) -> str:
    return base64.urlsafe_b64encode(position + _sign(secret, bound, position)).decode()


def _read(secret: str, bound: object, cursor: str) -> bytes:
    """The position in a cursor; Invalid `bad_cursor` when it is not ours or belongs to another filter."""
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    position, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if not position or not hmac.compare_digest(signature, _sign(secret, bound, position)):
        raise Invalid(
            "bad_cursor",
            "翻页标记无效，或筛选条件已改变；请从第一页开始",
            "This cursor is not valid for these filters; start from the first page",
            field="cursor",
        )
    return position


def write_cursor(secret: str, wanted: object, position: Position) -> str:
    """The cursor of the page after `position` under this filter."""
    micros = (position.opened_at - _EPOCH) // timedelta(microseconds=1)
    return _write(secret, wanted, micros.to_bytes(8, "big", signed=True) + position.id.bytes)


def read_cursor(secret: str, wanted: object, cursor: str) -> Position:
    """The position of a page; Invalid `bad_cursor`."""
    raw = _read(secret, wanted, cursor)
    moment = _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], "big", signed=True))
    return Position(moment, uuid.UUID(bytes=raw[8:24]))


def write_word_cursor(secret: str, bound: object, word: str) -> str:
    """The cursor of the page after `word` (a name, a number) under the filters `bound`."""
    return _write(secret, bound, word.encode())


def read_word_cursor(secret: str, bound: object, cursor: str) -> str:
    """The word in a cursor; Invalid `bad_cursor`."""
    return _read(secret, bound, cursor).decode()
