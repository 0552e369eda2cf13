"""Whom a step of a whistle is told to: in the transaction of the step, never without it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gis.events.whistle import store
from gis.jobs import outbox

TO_APPROVERS = frozenset({"blow", "appeal"})
TO_DEPARTMENTS = frozenset({"approve", "return", "rate", "release", "grant_appeal", "deny_appeal", "lapse"})


def tell(
    session: Session,
    command: str,
    whistle: uuid.UUID,
    told: Mapping[str, Any],
    department: str | None = None,
) -> None:
    """Put a notice of a step that was taken; the words of the whistle are not in it."""
    payload = {"whistle": str(whistle), "command": command, "status": told["status"]}
    if department is not None:
        payload |= {"department": department, "department_status": told["answer"]["status"]}
    event = None if told.get("event") is None else uuid.UUID(told["event"])
    accounts = _accounts(session, command, told, department)
    outbox.put(
        session, f"whistle.{command}", payload, event_id=event, area_id=told["area"], accounts=accounts
    )


def _accounts(session: Session, command: str, told: Mapping[str, Any], department: str | None) -> list[int]:
    if command in TO_APPROVERS:
        return store.holders(session, "whistle.approve", area=told["approver_area"])
    if command in TO_DEPARTMENTS:
        named = told.get("departments") or []
        if department is not None:
            named = [told["department_id"]]
        return store.holders(session, "events.handle", departments=named)
    return [told["blown_by"]] if told.get("blown_by") else []
