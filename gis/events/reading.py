"""The events room's answers to readers: pages of events, counts, one event, what became of a report.

The database writes the JSON; here pages are put together from its texts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.areas.store import refuse_unknown_area
from gis.base.errors import Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.sql import load, plan_by_values
from gis.events.filters import EventFilter, Position, statement
from gis.events.readers import read_uuid7
from gis.events.tracking import read_tracking_code


@dataclass(frozen=True, slots=True)
class Page:
    """JSON texts of a page's items, and where the next page goes on (None: this is the last)."""

    items: list[str]
    next: Position | None


def list_events(engine: Engine, wanted: EventFilter, *, limit: int, after: Position | None = None) -> Page:
    """A page of at most `limit` events as JSON texts, newest first, going on after `after`.

    Raises `Invalid` (`unknown_area`, `unknown_category`) rather than answer nothing to a typing error.
    """
    return _page(engine, wanted, limit, after, as_feature=False)


def event_features(engine: Engine, wanted: EventFilter, *, limit: int, after: Position | None = None) -> Page:
    """A page of events as GeoJSON feature texts, in the same order and with the same errors as the list."""
    return _page(engine, wanted, limit, after, as_feature=True)


def _page(
    engine: Engine, wanted: EventFilter, limit: int, after: Position | None, *, as_feature: bool
) -> Page:
    query, parameters = statement("event_page", wanted, after)
    with unit_of_work(engine) as session:
        _refuse_unknown(session, wanted)
        plan_by_values(session)
        rows = session.execute(query, parameters | {"row_limit": limit + 1, "as_feature": as_feature}).all()
    going_on = Position(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None
    return Page([row.item for row in rows[:limit]], going_on)


def event_summary(engine: Engine, wanted: EventFilter, *, level: str) -> str:
    """Counts under the filter as JSON text, areas counted at `level` of the tree."""
    query, parameters = statement("event_summary", wanted)
    with unit_of_work(engine) as session:
        _refuse_unknown(session, wanted)
        plan_by_values(session)
        return str(session.scalar(query, parameters | {"level": level}))


def _refuse_unknown(session: Session, wanted: EventFilter) -> None:
    if wanted.area is not None:
        refuse_unknown_area(session, wanted.area)
    if wanted.category is None:
        return
    scheme, kind, code = wanted.category
    known = session.scalar(
        text(
            "SELECT EXISTS (SELECT FROM category WHERE scheme = :scheme AND kind = :kind"
            " AND code = coalesce(:code, code))"
        ),
        {"scheme": scheme, "kind": kind, "code": code},
    )
    if not known:
        key = ":".join(part for part in wanted.category if part is not None)
        raise Invalid(
            "unknown_category",
            f"没有此事项类别：{key}",
            f"There is no such category: {key}",
            field="category",
        )


def read_event(engine: Engine, event_id: str) -> str:
    """One event with its log as JSON text; NotFound `no_such_event`."""
    missing = NotFound("no_such_event", "没有这个事件", "There is no such event")
    try:
        wanted = uuid.UUID(event_id)
    except ValueError:
        raise missing from None
    with unit_of_work(engine) as session:
        found = session.scalar(load("gis.events", "event_one"), {"id": wanted})
    if found is None:
        raise missing
    return str(found)


def track(engine: Engine, typed: str) -> str:
    """Where a report stands, by its tracking code; Invalid `tracking_code`, NotFound `unknown_tracking_code`."""
    code = read_tracking_code(typed)
    with unit_of_work(engine) as session:
        found = session.scalar(load("gis.events", "track"), {"code": code})
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
        found = session.scalar(load("gis.events", "receipt"), {"id": wanted, "code": code})
    if found is None:
        raise missing
    return str(found)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category; `parent` is a code of the same scheme and kind."""

    scheme: str
    kind: str
    code: str
    parent: str | None
    name_zh: str
    name_en: str | None


def list_categories(engine: Engine) -> Sequence[CategoryRow]:
    """All categories in force, families before leaves."""
    with unit_of_work(engine) as session:
        return [CategoryRow(**row._asdict()) for row in session.execute(load("gis.events", "categories"))]
