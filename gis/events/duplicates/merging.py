"""Merging: what an event may be merged into. How it is done, and undone, is a step of its workflow.

Nothing moves: reports, reporters, photos and log stay with their own event, which names the other; undoing takes the
name away. The database refuses chains and cycles once more (migration 0017).
"""

from __future__ import annotations

import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.base.errors import Forbidden, Invalid
from gis.db.sql import load
from gis.db.visible import holds_event, put_scope, scope_of_session
from gis.events.workflow.refusals import refusal


def merge_target(
    session: Session, event_id: uuid.UUID, into: object, *, by_system: bool = False
) -> uuid.UUID:
    """The event `into`, when it is seen, its intake is the caller's (or a rule decides), and it can take others in.

    Raises `Invalid` (`unknown_into`), `Forbidden` (`outside_scope`), `Conflict` (`merge_itself`, `merge_chain`,
    `merge_finished`).
    """
    unknown = Invalid("unknown_into", "没有这个事件", "There is no such event", field="into")
    try:
        target = uuid.UUID(str(into))
    except ValueError:
        raise unknown from None
    scope = scope_of_session(session)
    accepts = holds_event(scope, "events.accept")
    source = load("gis.events.duplicates", "merge_target").text.replace("/*accepts*/", accepts.sql)
    query, values = put_scope(source, scope)
    row = session.execute(text(query), values | accepts.values | {"id": target}).one_or_none()
    if row is None:
        raise unknown
    if target == event_id:
        raise refusal("merge_itself", command="merge")
    if not (row.accepts or by_system):
        raise Forbidden(
            "outside_scope",
            "您不受理所并入的事件",
            "The event it would be merged into is not yours to take in",
            field="into",
        )
    if row.merged_into is not None:
        raise refusal("merge_chain", command="merge")
    if row.closed_at is not None:
        raise refusal("merge_finished", command="merge")
    return target
