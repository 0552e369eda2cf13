"""Whom a tracking code belongs to, and what it stands for: a report, one that was merged, a “me too”."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from gis.db.scope import have_in_hand
from gis.db.sql import load

PACKAGE = "gis.events.duplicates"


@dataclass(frozen=True, slots=True)
class Held:
    """What a code is good for. `standing` is the code of the event it stands for now; `merged_from` tells (as JSON)
    the report it was given for, where that was merged into another.
    """

    holder: Literal["reporter", "merged", "me_too"]
    standing: str
    merged_from: str | None = None


def held_by(session: Session, code: str) -> Held | None:
    """Put a code in hand, and the event it stands for; None where nothing has it."""
    have_in_hand(session, tracking_code=code)
    standing = session.scalar(load(PACKAGE, "stands_for"), {"code": code})
    if standing is None:
        return None
    filed = session.scalar(load(PACKAGE, "filed_under"), {"code": code})
    have_in_hand(session, tracking_code=standing)
    if filed is None:
        return Held("me_too", standing)
    return Held("reporter", standing) if standing == code else Held("merged", standing, str(filed))
