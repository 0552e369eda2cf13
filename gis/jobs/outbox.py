"""What others are told leaves in the transaction of what it tells: no notice without its act, none lost after it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from gis.db.sql import load

PACKAGE = "gis.jobs"
LONGEST_TOPIC = 40


def put(
    session: Session,
    topic: str,
    payload: Mapping[str, Any],
    *,
    event_id: uuid.UUID | None = None,
    area_id: int | None = None,
    accounts: Iterable[int] = (),
) -> int:
    """Write a message of `topic` (`noun.verb`) in the transaction of `session`; its number.

    The accounts named find it among their notices; subscribers of the topic, whose area holds `area_id`, are sent
    it by the worker after the commit, again until they have taken it. `payload` is plain JSON without personal
    data: the row outlives an erasure. Raises a database error when nobody acts in the transaction.
    """
    number = session.scalar(
        load(PACKAGE, "outbox_put"),
        {
            "topic": topic[:LONGEST_TOPIC],
            "event_id": event_id,
            "area_id": area_id,
            "payload": json.dumps(dict(payload), ensure_ascii=False, allow_nan=False),
            "accounts": list(accounts),
        },
    )
    if number is None:
        raise RuntimeError("nobody acts in this transaction")
    return int(number)
