"""The signature of a request between machines: with the secret one tells who sent it, when, and that it is unaltered.

What we send to subscribers and what sensors send to us is signed in the same way.
"""

from __future__ import annotations

import hmac

VERSION = "v1"
TOLERANCE_S = 300


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 of the timestamp (whole seconds since 1970), a full stop and the body."""
    return f"{VERSION}={hmac.digest(secret, b'%d.' % timestamp + body, 'sha256').hex()}"


def is_signed(secret: bytes, timestamp: int, body: bytes, given: str) -> bool:
    """Whether the signature is right; compared in constant time, whatever was sent as one."""
    due = signature(secret, timestamp, body)
    return hmac.compare_digest(due.encode(), given.encode("utf-8", "replace"))


def is_fresh(timestamp: int, now: float) -> bool:
    """Whether it was signed less than five minutes before or after now."""
    return abs(now - timestamp) <= TOLERANCE_S
