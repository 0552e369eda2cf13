"""Version 7 UUIDs (RFC 9562): sortable by their millisecond, otherwise random."""

from __future__ import annotations

import secrets
import time
import uuid


def uuid7(millis: int | None = None) -> uuid.UUID:
    """A fresh UUIDv7 of `millis` milliseconds since 1970 (UTC), by default of now."""
    stamp = time.time_ns() // 1_000_000 if millis is None else millis
    value = ((stamp & (2**48 - 1)) << 80) | (7 << 76) | (secrets.randbits(12) << 64)
    return uuid.UUID(int=value | (0b10 << 62) | secrets.randbits(62))
