"""The events room's answers to readers: pages of events, counts, one event, what became of a report.

The database writes the JSON; here pages are put together from its texts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, TextClause
from sqlalchemy.orm import Session

from gis.base.errors import Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import have_in_hand
from gis.db.sql import load, plan_by_values
from gis.db.visible import scope_of_session
from gis.events.asked import asked_area, near, refuse_unknown
from gis.events.duplicates.codes import held_by
from gis.events.filters import EventFilter, Position, inbox_statement, scoped, statement
from gis.events.readers import read_uuid7
from gis.events.tracking import read_tracking_code


@dataclass(frozen=True, slots=True)
class Page:
    """JSON texts of a page's items, and where the next page goes on (None: this is the last)."""

    items: list[str]
    next: Position | None


def list_events(engine: Engine, wanted: EventFilter, *, limit: int, after: Position | None = None) -> Page:
    """A page of at most `limit` events as JSON texts, newest first, going on after `after`.

    Raises `Invalid` (`unknown_area`, `unknown_category`, `unknown_department`) rather than answer nothing to a typing
    error, and `Forbidden` (`outside_scope`) for an area in which the scope holds nothing.
    """
    return _page(engine, wanted, limit, after, as_feature=False)


def event_features(engine: Engine, wanted: EventFilter, *, limit: int, after: Position | None = None) -> Page:
    """A page of events as GeoJSON feature texts, in the same order and with the same errors as the list."""
    return _page(engine, wanted, limit, after, as_feature=True)


def _page(
    engine: Engine, wanted: EventFilter, limit: int, after: Position | None, *, as_feature: bool
) -> Page:
    with unit_of_work(engine) as session:
        query, parameters = _prepared(session, "event_due" if wanted.by_due else "event_page", wanted, after)
        rows = session.execute(query, parameters | {"row_limit": limit + 1, "as_feature": as_feature}).all()
    return _paged(rows, limit)


def _paged(rows: Sequence[Any], limit: int) -> Page:
    going_on = Position(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None
    return Page([row.item for row in rows[:limit]], going_on)


def _prepared(
    session: Session, name: str, wanted: EventFilter, after: Position | None = None
) -> tuple[TextClause, dict[str, Any]]:
    scope = scope_of_session(session)
    area = asked_area(session, scope, wanted)
    refuse_unknown(session, wanted)
    plan_by_values(session)
    return statement(name, wanted, scope, after=after, area=area, near=near(session, scope, wanted))


def event_summary(engine: Engine, wanted: EventFilter, *, level: str) -> str:
    """Counts of the events seen under the filter as JSON text, areas counted at `level` of the tree."""
    with unit_of_work(engine) as session:
        query, parameters = _prepared(session, "event_summary", wanted)
        return str(session.scalar(query, parameters | {"level": level}))


def inbox(engine: Engine, wanted: EventFilter) -> str:
    """How many events lie in each box of whoever asks, as JSON text; boxes they never have are not told."""
    with unit_of_work(engine) as session:
        scope = scope_of_session(session)
        area = asked_area(session, scope, wanted)
        refuse_unknown(session, wanted)
        plan_by_values(session)
        query, values = inbox_statement(wanted, scope, area=area, near=near(session, scope, wanted))
        return str(session.scalar(query, values))


def read_event(engine: Engine, event_id: str) -> str:
    """One event with its log as JSON text; NotFound `no_such_event`, also for one outside the scope."""
    missing = NotFound("no_such_event", "没有这个事件", "There is no such event")
    try:
        wanted = uuid.UUID(event_id)
    except ValueError:
        raise missing from None
    with unit_of_work(engine) as session:
        query, values = scoped("event_one", scope_of_session(session))
        found = session.scalar(query, values | {"id": wanted})
    if found is None:
        raise missing
    return str(found)


def list_my_reports(engine: Engine, *, limit: int, after: Position | None = None) -> Page:
    """A page of the reports the account itself sent, newest first; `after` is a report's `recorded_at` and id.

    Empty for whoever has no account: an anonymous report is found by its tracking code.
    """
    with unit_of_work(engine) as session:
        scope = scope_of_session(session)
        if scope is None or scope.account_id is None:
            return Page([], None)
        rows = session.execute(
            load("gis.events", "my_reports"),
            {
                "account": scope.account_id,
                "row_limit": limit + 1,
                "after_at": None if after is None else after.opened_at,
                "after_id": None if after is None else after.id,
            },
        ).all()
    return _paged(rows, limit)


def track(engine: Engine, typed: str) -> str:
    """Where a report stands, by its tracking code, or that of a “me too”; of one that was merged, where that is now.

    Raises Invalid `tracking_code`, NotFound `unknown_tracking_code`."""
    code = read_tracking_code(typed)
    found = None
    with unit_of_work(engine) as session:
        if (held := held_by(session, code)) is not None:
            told = {"code": held.standing, "holder": held.holder, "merged_from": held.merged_from}
            found = session.scalar(load("gis.events", "track"), told)
    if found is None:
        raise NotFound(
            "unknown_tracking_code",
            "没有此查询码对应的上报",
            "No report has this tracking code",
            field="code",
        )
    return str(found)


def read_receipt(engine: Engine, report_id: str, typed_code: str) -> str:
    """The receipt of a report for whoever has its tracking code; otherwise NotFound, existing or not."""
    missing = NotFound(
        "no_such_report",
        "没有这条上报，或查询码不符（请求头 Tracking-Code）",
        "There is no such report, or the tracking code (header Tracking-Code) is not its own",
    )
    try:
        wanted, code = read_uuid7(report_id, "id"), read_tracking_code(typed_code)
    except Invalid:
        raise missing from None
    with unit_of_work(engine) as session:
        have_in_hand(session, report=str(wanted), tracking_code=code)
        found = session.scalar(load("gis.events", "receipt"), {"id": wanted, "code": code})
    if found is None:
        raise missing
    return str(found)
