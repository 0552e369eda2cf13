"""Statistics for everybody: events opened and closed by area and calendar month, small numbers left out.

Areas and months are fixed, so that no two answers differ by a sliver of place or time. A month is published a day
after it ends, and stays as it was published. Nothing is summed over months: each month is a table of its own.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.errors import Invalid
from gis.base.suppress import K, suppressed_rows
from gis.db.engine import unit_of_work
from gis.events.store import LOCAL_ZONE
from gis.insight import store

LEVELS = ("district", "subdistrict", "community")
MOST_MONTHS = 36
DELAY = timedelta(hours=24)
KINDS = ("opened", "closed")


def refresh_public_statistics(session: Session, *, now: datetime | None = None, again: bool = False) -> int:
    """Publish the months that are over and not yet published; returns how many. For the owner of the tables.

    `again` takes all months back and publishes them anew: after a history was imported, for instance. Whoever kept
    the old numbers can then compare, so it is for the operator to ask for.
    """
    if again:
        store.forget(session)
    done = store.published_months(session)
    counted = store.count_months(session, LOCAL_ZONE, first_open_month(now or datetime.now(UTC)))
    fresh = [group for month, group in counted.groupby("month") if month not in done]
    for group in fresh:
        store.publish(session, published(group))
    return len(fresh)


def first_open_month(now: datetime) -> date:
    """The first day of the first month that cannot be published yet."""
    return (now - DELAY).astimezone(ZoneInfo(LOCAL_ZONE)).date().replace(day=1)


def published(month: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of one month (area_id, parent_id, month, opened, closed) with None for what stays hidden."""
    row_of = {area: row for row, area in enumerate(month["area_id"])}
    parent = [row_of.get(above, -1) for above in month["parent_id"]]
    shown = month[["area_id", "month", *KINDS]].astype(object)
    for kind in KINDS:
        hidden = suppressed_rows(parent, month[[kind]].to_numpy(dtype="int64"))
        shown.loc[hidden, kind] = None
    return [{str(name): value for name, value in row.items()} for row in shown.to_dict("records")]


def public_statistics(engine: Engine, level: str = "community", months: int = 12) -> dict[str, Any]:
    """The last published `months` of the areas of `level`, as plain values for JSON; anybody may ask.

    Raises `Invalid` (`unknown_level`, `months_out_of_range`).
    """
    if level not in LEVELS:
        known = ", ".join(LEVELS)
        raise Invalid(
            "unknown_level", f"层级应为 {known}", f"the level must be one of {known}", field="level"
        )
    if not 1 <= months <= MOST_MONTHS:
        raise Invalid(
            "months_out_of_range",
            f"月数应为 1 至 {MOST_MONTHS}",
            f"months must be from 1 to {MOST_MONTHS}",
            field="months",
        )
    with unit_of_work(engine) as session:
        rows = store.read_published(session, level, months)
    areas: dict[str, dict[str, Any]] = {}
    for row in rows:
        area = areas.setdefault(
            row.code, {"code": row.code, "name": row.name, "parent": row.parent, "cells": []}
        )
        if row.month is not None:
            area["cells"].append({"month": _month(row.month), "opened": row.opened, "closed": row.closed})
    as_of = max((row.published_at for row in rows if row.published_at), default=None)
    return {
        "level": level,
        "months": sorted({_month(row.month) for row in rows if row.month}),
        "areas": list(areas.values()),
        "k": K,
        "as_of": as_of.isoformat() if as_of else None,
    }


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
