"""Writing the audit: one row for every write, every refused write, every view of personal data.

The row goes into the transaction of what it tells, so that there is no act without its row and no row without
its act. Who acts, in which roles, from where and under which trace the database takes from the transaction's
context (`gis.db.scope`); nobody can say otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.db.engine import unit_of_work
from gis.db.sql import load

PACKAGE = "gis.accounts"
LONGEST_ID = 200
_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def record(
    session: Session,
    action: str,
    object_type: str,
    object_id: object,
    *,
    area_id: int | None = None,
    result: str = "ok",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write an audit row in the transaction of `session`.

    `action` is `noun.verb`; `area_id` is the scope area of the object, so that the auditors of that subtree
    read the row (none: only those of the whole tree). `details` are plain JSON values and never personal data
    nor secrets: the row outlives an erasure. Raises a database error when the transaction has no context.
    """
    session.execute(
        load(PACKAGE, "audit_record"),
        {
            "area_id": area_id,
            "action": action,
            "object_type": object_type,
            "object_id": _UNSTORABLE.sub("", str(object_id))[:LONGEST_ID],
            "result": result,
            "details": json.dumps(dict(details or {}), ensure_ascii=False, allow_nan=False),
        },
    )


def record_refusal(
    engine: Engine,
    action: str,
    object_type: str,
    object_id: object,
    *,
    area_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write in a transaction of its own that `action` was refused; `engine` is scoped to who asked for it.

    Call it after the refused transaction has ended: its own would be rolled back with it.
    """
    with unit_of_work(engine) as session:
        record(session, action, object_type, object_id, area_id=area_id, result="refused", details=details)
