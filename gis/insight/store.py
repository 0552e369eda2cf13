"""The statistics' reading and writing of the database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.insight.tables import PublicStatistic

PACKAGE = "gis.insight"


def count_months(session: Session, zone: str, before: date) -> pd.DataFrame:
    """Events by area and month, complete: area_id, parent_id, month, opened, closed, sorted by month and code."""
    result = session.execute(load(PACKAGE, "count_months"), {"zone": zone, "before": before})
    return pd.DataFrame.from_records(result.all(), columns=list(result.keys()), coerce_float=False)


def published_months(session: Session) -> set[date]:
    """The months everybody can read already."""
    return set(session.scalars(load(PACKAGE, "published_months")))


def forget(session: Session) -> None:
    """Take all published months back."""
    session.execute(delete(PublicStatistic))


def publish(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store published numbers (area_id, month, opened, closed)."""
    if rows:
        session.execute(insert(PublicStatistic), rows)


def read_published(session: Session, level: str, months: int) -> list[Any]:
    """What is published of the areas of a level: rows of code, name, parent, month, opened, closed, published_at."""
    return list(session.execute(load(PACKAGE, "public_statistics"), {"level": level, "months": months}))
