"""Tracking codes that stand for another event: of a “me too”, and of what was merged."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gis.db.sql import load


def standing_code(session: Session, code: str) -> str:
    """The tracking code of the event that a code stands for now; the code itself when there is none."""
    found = session.scalar(load("gis.events.duplicates", "stands_for"), {"code": code})
    return code if found is None else str(found)
