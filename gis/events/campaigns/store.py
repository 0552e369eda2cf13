"""The only file of this room that reads or writes campaigns."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.base.errors import Conflict, Forbidden, NotFound
from gis.db.sql import load
from gis.events.campaigns.figures import Figures

PACKAGE = "gis.events.campaigns"
SOLVE = text("SELECT solve_problem(:problem, cast(:at AS timestamptz))")
NOW = text("SELECT workflow_now()")
AREA = text("SELECT id FROM area WHERE code = :code AND valid_to IS NULL")
EVENT = text("SELECT id FROM event WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is listed."""

    id: uuid.UUID
    kind: str
    name: str
    begins: date
    ends: date
    area: str
    area_name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """How many buildings a campaign has, and whether it was begun before by the same request."""

    targets: int
    replay: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem somebody was told of."""

    id: uuid.UUID
    note: str
    registered_at: datetime
    area_id: int
    area: str
    area_name: str
    building: str | None
    event: str | None
    solved_at: datetime | None


def now(session: Session) -> datetime:
    """What time it is."""
    moment: datetime = session.execute(NOW).scalar_one()
    return moment


def campaigns(session: Session, campaign: uuid.UUID | None, most: int) -> list[Campaign]:
    """Campaigns the asker sees."""
    rows = session.execute(load(PACKAGE, "campaigns"), {"id": campaign, "most": most})
    return [Campaign(**row._mapping) for row in rows]


def figures(session: Session, campaign: uuid.UUID, as_of: datetime) -> list[tuple[str, str, Figures]]:
    """What it had come to at a moment, by grid: code, name, figures."""
    rows = session.execute(load(PACKAGE, "figures"), {"campaign": campaign, "as_of": as_of})
    return [
        (
            row.code, row.name,
            Figures(row.buildings, row.households, row.met, row.absent, row.refused, row.problems, row.solved,
                    tuple(row.ages)),
        )
        for row in rows
    ]  # fmt: skip


def area_id(session: Session, code: str) -> int | None:
    """The number of an area in force."""
    found: int | None = session.execute(AREA, {"code": code}).scalar_one_or_none()
    return found


def building(session: Session, code: str) -> tuple[int, int | None] | None:
    """The number of a building, and that of its grid."""
    row = session.execute(load(PACKAGE, "building"), {"code": code}).one_or_none()
    return None if row is None else (row.id, row.grid_id)


def sees_event(session: Session, event: uuid.UUID) -> bool:
    """Whether the asker sees it."""
    return session.execute(EVENT, {"id": event}).one_or_none() is not None


def targets(session: Session, campaign: uuid.UUID, most: int) -> Sequence[Row[Any]]:
    """Buildings to visit."""
    return session.execute(load(PACKAGE, "targets"), {"campaign": campaign, "most": most}).all()


def problems(session: Session, campaign: uuid.UUID, problem: uuid.UUID | None, most: int) -> list[Problem]:
    """Problems, the oldest unsolved first."""
    values = {"campaign": campaign, "id": problem, "most": most}
    return [Problem(**row._mapping) for row in session.execute(load(PACKAGE, "problems"), values)]


def open_campaign(session: Session, values: dict[str, Any]) -> Opened:
    """Begin a campaign, or find it begun by the same; Forbidden `outside_scope`, Conflict `campaign_exists`."""
    return Opened(**_write(session, "open", values)._mapping)


def visit(session: Session, values: dict[str, Any]) -> bool:
    """Whether the visit is new; NotFound `no_such_target`, Conflict `idempotency_conflict`."""
    return bool(_write(session, "visit", values)[0])


def note(session: Session, values: dict[str, Any]) -> bool:
    """Whether the problem is new; refused as `visit`."""
    return bool(_write(session, "note", values)[0])


def solve(session: Session, problem: uuid.UUID, at: datetime) -> bool:
    """Whether it was unsolved until now, and may be called solved."""
    return bool(session.execute(SOLVE, {"problem": problem, "at": at}).scalar_one())


def _write(session: Session, statement: str, values: dict[str, Any]) -> Row[Any]:
    try:
        return session.execute(load(PACKAGE, statement), values).one()
    except DBAPIError as error:
        said = str(error.orig)
        if "no_such_target" in said:
            raise NotFound("no_such_target", "不在本次行动中，或不在您的范围内",
                           "It is not in this campaign, or not in your areas") from None  # fmt: skip
        if "idempotency_conflict" in said:
            raise Conflict("idempotency_conflict", "此编号已用于其他内容",
                           "This id was used for something else") from None  # fmt: skip
        if "outside_scope" in said:
            raise Forbidden("outside_scope", "该区域不在您的权限范围内",
                            "This area is outside what you may manage", field="area") from None  # fmt: skip
        if "campaign_exists" in said:
            raise Conflict(
                "campaign_exists", "此编号的行动已存在，内容不同", "There is another campaign of this id"
            ) from None
        raise
