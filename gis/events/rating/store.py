"""The only file that reads or writes the tables of inspection and rating."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.db.visible import put_scope, scope_of_session

PACKAGE = "gis.events.rating"


@dataclass(frozen=True, slots=True)
class Ended:
    """A round that ended: until when it may be rated and objected to, and the first review of its appeal."""

    rate_until: datetime | None
    object_until: datetime
    reviewed_by: int | None
    favour: bool | None


def follow(session: Session, event: uuid.UUID, seq: int) -> dict[str, Any]:
    """Keep what a row of the log says; `inspector` is who got a task."""
    found = session.execute(load(PACKAGE, "follow"), {"event": event, "seq": seq}).scalar_one()
    return dict(found)


def draw(session: Session, event: uuid.UUID, kind: str) -> bool | None:
    """Whether the event's round is in the sample; None where no rule counts."""
    found: bool | None = session.scalar(load(PACKAGE, "draw"), {"event": event, "kind": kind})
    return found


def conflict(session: Session, event: uuid.UUID, account: int) -> str | None:
    """Why an account may not inspect an event."""
    found: str | None = session.scalar(load(PACKAGE, "conflict"), {"event": event, "account": account})
    return found


def known_score(session: Session, score: int) -> bool:
    """Whether a mark is on the scale."""
    return bool(session.scalar(load(PACKAGE, "known_score"), {"score": score}))


def ended(session: Session, event: uuid.UUID, round_: int) -> Ended | None:
    """How a round ended; None while it goes on."""
    row = session.execute(load(PACKAGE, "round"), {"event": event, "round": round_}).one_or_none()
    return None if row is None else Ended(row.rate_until, row.object_until, row.reviewed_by, row.favour)


def review(session: Session, event: uuid.UUID, *, favour: bool, opinion: str) -> dict[str, Any]:
    """What `review_appeal` says."""
    values = {"event": event, "favour": favour, "opinion": opinion}
    return dict(session.execute(load(PACKAGE, "review"), values).scalar_one())


def tasks(session: Session, box: str, *, before: int | None, count: int) -> list[tuple[int, str]]:
    """Numbers and JSON texts of a page of tasks, the latest first."""
    query, values = put_scope(load(PACKAGE, "tasks").text, scope_of_session(session))
    rows = session.execute(text(query), values | {"box": box, "before": before, "count": count})
    return [(row.id, row.item) for row in rows]


def summary(session: Session, begin: date, end: date, area: str | None) -> str:
    """Ratings, objections and call-backs of the rounds that ended in a period, as JSON text."""
    query, values = put_scope(load(PACKAGE, "summary").text, scope_of_session(session))
    given = {"begin": begin, "end": end, "area": area}
    return str(session.execute(text(query), values | given).scalar_one())


def tracked(session: Session, code: str) -> Any | None:
    """The event of a tracking code that is in hand: id, version, round, number; None when there is none."""
    return session.execute(load(PACKAGE, "tracked"), {"code": code}).one_or_none()


def rating_told(session: Session, event: uuid.UUID, round_: int) -> str:
    """The rating of a round as it is told to its reporter."""
    values = {"event": event, "round": round_}
    return str(session.execute(load(PACKAGE, "rating_told"), values).scalar_one())
