"""The signature of a webhook: whoever has the secret can tell that we sent it, when, and that nobody altered it."""

from __future__ import annotations

import hmac

VERSION = "v1"
TOLERANCE_S = 300


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 of the timestamp (whole seconds since 1970), a full stop and the body."""
    return f"{VERSION}={hmac.digest(secret, b'%d.' % timestamp + body, 'sha256').hex()}"


def is_signed(secret: bytes, timestamp: int, body: bytes, given: str, *, now: float) -> bool:
    """Whether the signature is right and not older or newer than five minutes."""
    fresh = abs(now - timestamp) <= TOLERANCE_S
    return hmac.compare_digest(signature(secret, timestamp, body), given) and fresh
