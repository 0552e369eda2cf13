"""Reaching a reporter: the full contact is an act of its own, with a reason and on record."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts.audit import record_refusal
from gis.base.errors import Forbidden, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of
from gis.db.sql import load
from gis.db.visible import put_scope
from gis.events.model import Contact
from gis.events.readers import read_string

PACKAGE = "gis.events"
SHORTEST_REASON, LONGEST_REASON = 4, 200


def reveal_contact(engine: Engine, report_id: str, reason: object) -> Contact:
    """Name and telephone of who sent a report, for a stated reason; seeing it is audited with the reason.

    Raises Invalid (`reason_too_short`, `text_empty`, `text_too_long`, … of the reason), NotFound
    `no_such_report` for one that is not there or not in the scope, NotFound `no_contact` where none was left,
    Forbidden `outside_scope` where the event is seen but contacts are not to be revealed, Forbidden
    `confidential_reporter`. Refusals are audited too.
    """
    why = read_string(reason, "reason", longest=LONGEST_REASON)
    if len(why) < SHORTEST_REASON:
        raise Invalid(
            "reason_too_short",
            f"请写明理由，至少 {SHORTEST_REASON} 个字",
            f"Say why, in {SHORTEST_REASON} characters or more",
            field="reason",
        )
    wanted = _report_id(report_id)
    with unit_of_work(engine) as session:
        query, values = put_scope(load(PACKAGE, "contact_scope").text, scope_of(engine))
        scope = session.execute(text(query), values | {"id": wanted}).one_or_none()
        refusal = None if scope is None else _refusal(scope)
        if scope is not None and refusal is None:
            return _reveal(session, wanted, why)
    if scope is None or refusal is None:
        raise _missing()
    # Only its code: what was typed for something that did not happen is no reason, and the row stays for good.
    details = {"code": refusal.code}
    record_refusal(engine, "contact.reveal", "report", wanted, area_id=scope.scope_area_id, details=details)
    raise refusal


def _reveal(session: Session, report_id: uuid.UUID, reason: str) -> Contact:
    row = session.execute(load(PACKAGE, "reveal_contact"), {"id": report_id, "reason": reason}).one_or_none()
    if row is None:
        raise NotFound("no_contact", "上报人没有留下联系方式", "The reporter left no contact")
    return Contact(row.name, row.phone)


def _report_id(typed: str) -> uuid.UUID:
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise _missing() from None


def _missing() -> NotFound:
    return NotFound("no_such_report", "没有这条上报", "There is no such report")


def _refusal(scope: Any) -> Forbidden | None:
    if not scope.may:
        return Forbidden(
            "outside_scope",
            "您无权查看此处上报人的完整联系方式",
            "You may not see the full contacts of reporters here",
        )
    if not scope.may_confidential:
        return Forbidden(
            "confidential_reporter",
            "保密上报，不得查看上报人",
            "The report is confidential; its reporter is not shown",
        )
    return None
