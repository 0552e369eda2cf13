"""Folding what steps added into sums, so that questions stay quick; no answer waits for it or changes by it."""

from __future__ import annotations

from sqlalchemy import Engine, text

from gis.db.engine import unit_of_work
from gis.jobs.duties import Duty

AT_ONCE = 20_000
EVERY_S = 2.0
FOLD = text("SELECT kpi_fold(:count)")


def kpi_duties() -> tuple[Duty, ...]:
    """What the worker does for the indicators."""
    return (Duty("fold indicators", EVERY_S, fold),)


def fold(engine: Engine) -> bool:
    """Fold some additions; whether there may be more."""
    with unit_of_work(engine) as session:
        return int(session.scalar(FOLD, {"count": AT_ONCE}) or 0) == AT_ONCE
