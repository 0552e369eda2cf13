"""Tables of the whistle: its machine and rules as data, whistles, what each department answers, the history."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base

MOMENT = DateTime(timezone=True)
ACCEPTED = ("accepted", "arrived", "planned", "resolved", "rated", "unrated")
ARRIVED = ("arrived", "planned", "resolved", "rated", "unrated")
RESOLVED = ("resolved", "rated", "unrated")


class WhistleEdge(Base):
    """One transition that is lawful: of a whistle, of a department's answer, or of an appeal against a rating.

    `party` may take it: blower, approver, department, decider (of an appeal), system; `whole` follows the whistle.
    `requires` are members of the command.
    """

    __tablename__ = "whistle_edge"

    subject: Mapped[str] = mapped_column(String(8), primary_key=True)
    command: Mapped[str] = mapped_column(String(16), primary_key=True)
    from_status: Mapped[str] = mapped_column(String(12), primary_key=True)
    to_status: Mapped[str] = mapped_column(String(12))
    party: Mapped[str] = mapped_column(String(12))
    requires: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint("subject IN ('whistle', 'answer', 'appeal')", name="subject"),
        CheckConstraint(
            "party IN ('blower', 'approver', 'department', 'decider', 'system', 'whole')", name="party"
        ),
    )


class WhistleRule(Base):
    """How an area and all below it whistle; the nearest rule above counts, the one without an area is for the rest.

    `blower_level` is who blows, community or street. Metres say how far from the place an arrival may be confirmed,
    and how uncertain the device may be; `most_returns` how often a result may be given back.
    """

    __tablename__ = "whistle_rule"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    blower_level: Mapped[str] = mapped_column(String(16), server_default="community")
    max_distance_m: Mapped[float] = mapped_column(server_default=text("200"))
    worst_accuracy_m: Mapped[float] = mapped_column(server_default=text("200"))
    most_returns: Mapped[int] = mapped_column(SmallInteger, server_default=text("2"))

    __table_args__ = (
        CheckConstraint("blower_level IN ('community', 'subdistrict')", name="blower_level"),
        CheckConstraint("max_distance_m > 0 AND worst_accuracy_m > 0 AND most_returns >= 0", name="bounds"),
        Index("uq_whistle_rule_area_id", "area_id", unique=True, postgresql_nulls_not_distinct=True),
    )


class WhistleLimit(Base):
    """How long a stage may take: approve, then accept, arrive, plan and result from the approval on, and rate."""

    __tablename__ = "whistle_limit"

    rule_id: Mapped[int] = mapped_column(ForeignKey("whistle_rule.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(8), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[float]

    __table_args__ = (
        CheckConstraint("stage IN ('approve', 'accept', 'arrive', 'plan', 'result', 'rate')", name="stage"),
        CheckConstraint("kind IN ('urgent_hour', 'work_hour', 'work_day', 'natural_day')", name="kind"),
        CheckConstraint("value > 0 AND value <= 3660", name="value"),
    )


class Whistle(Base):
    """A whistle: what is beyond a community's power, on an event or on a place of its own.

    `area_id` is the scope area of the place, `blower_area_id` the community or street that blew, `approver_area_id`
    the area above it.
    """

    __tablename__ = "whistle"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    blower_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    approver_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("whistle_rule.id"))
    blown_by: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    source: Mapped[str] = mapped_column(String(16), server_default="community")
    reason: Mapped[str] = mapped_column(Text)
    urgency: Mapped[str] = mapped_column(String(16), server_default="normal")
    address: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))
    status: Mapped[str] = mapped_column(String(12), server_default="blown")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    blown_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    approve_due: Mapped[datetime] = mapped_column(MOMENT)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decision: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint("status IN ('blown', 'approved', 'denied', 'withdrawn', 'closed')", name="status"),
        CheckConstraint("urgency IN ('normal', 'urgent', 'emergency')", name="urgency"),
        CheckConstraint(
            "source IN ('community', 'grid_worker', 'resident', 'hotline', 'inspection', 'other')",
            name="source",
        ),
        CheckConstraint("length(reason) BETWEEN 1 AND 2000", name="reason"),
        CheckConstraint("(decided_at IS NULL) = (status IN ('blown', 'withdrawn'))", name="decided"),
        CheckConstraint(
            "(closed_at IS NOT NULL) = (status IN ('denied', 'withdrawn', 'closed'))", name="closed"
        ),
        Index("ix_whistle_blown_at_id", "blown_at", "id"),
        Index("ix_whistle_open", "id", postgresql_where=text("status IN ('blown', 'approved')")),
    )


class WhistleAnswer(Base):
    """What one department named by a whistle does: called, accepts, arrives, plans, resolves, is rated.

    Of the arrival the one confirmation is kept, with how far it was and how sure the device: no place, no track.
    The limits were frozen when the whistle was approved.
    """

    __tablename__ = "whistle_answer"

    whistle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("whistle.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), primary_key=True, index=True)
    status: Mapped[str] = mapped_column(String(12), server_default="named")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    called_at: Mapped[datetime | None] = mapped_column(MOMENT, index=True)
    accept_due: Mapped[datetime | None] = mapped_column(MOMENT)
    arrive_due: Mapped[datetime | None] = mapped_column(MOMENT)
    plan_due: Mapped[datetime | None] = mapped_column(MOMENT)
    result_due: Mapped[datetime | None] = mapped_column(MOMENT)
    rate_due: Mapped[datetime | None] = mapped_column(MOMENT)
    accepted_at: Mapped[datetime | None] = mapped_column(MOMENT)
    arrived_at: Mapped[datetime | None] = mapped_column(MOMENT)
    arrival_distance_m: Mapped[float | None]
    arrival_accuracy_m: Mapped[float | None]
    witnessed: Mapped[bool] = mapped_column(server_default=text("false"))
    planned_at: Mapped[datetime | None] = mapped_column(MOMENT)
    plan: Mapped[str | None] = mapped_column(Text)
    promised_at: Mapped[datetime | None] = mapped_column(MOMENT)
    resolved_at: Mapped[datetime | None] = mapped_column(MOMENT)
    outcome: Mapped[str | None] = mapped_column(String(8))
    report: Mapped[str | None] = mapped_column(Text)
    returns: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    rated_at: Mapped[datetime | None] = mapped_column(MOMENT)
    rated_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    timeliness: Mapped[int | None] = mapped_column(SmallInteger)
    effort: Mapped[int | None] = mapped_column(SmallInteger)
    result: Mapped[int | None] = mapped_column(SmallInteger)
    solved: Mapped[str | None] = mapped_column(String(8))
    remark: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "status IN ('named', 'void', 'called', 'accepted', 'arrived', 'planned', 'resolved', 'rated',"
            " 'unrated', 'released')",
            name="status",
        ),
        CheckConstraint(
            "num_nulls(called_at, accept_due, arrive_due, plan_due, result_due) IN (0, 5)"
            " AND (called_at IS NULL) = (status IN ('named', 'void'))",
            name="called",
        ),
        CheckConstraint(f"accepted_at IS NOT NULL OR status NOT IN {ACCEPTED}", name="accepted"),
        CheckConstraint(f"arrived_at IS NOT NULL OR status NOT IN {ARRIVED}", name="arrived"),
        CheckConstraint(
            f"num_nulls(resolved_at, outcome, rate_due) = CASE WHEN status IN {RESOLVED} THEN 0 ELSE 3 END",
            name="resolved",
        ),
        CheckConstraint(
            "num_nulls(rated_at, rated_by, timeliness, effort, result, solved)"
            " = CASE WHEN status = 'rated' THEN 0 ELSE 6 END",
            name="rated",
        ),
        CheckConstraint(
            "timeliness BETWEEN 1 AND 5 AND effort BETWEEN 1 AND 5 AND result BETWEEN 1 AND 5", name="scale"
        ),
        CheckConstraint("outcome IN ('solved', 'partly', 'unsolved')", name="outcome"),
        CheckConstraint("solved IN ('yes', 'partly', 'no')", name="solved"),
    )


class WhistleAppeal(Base):
    """A department's appeal against its rating, once; decided one level up by somebody else than all before.

    Granted, the answer leaves the scores; what happened stays as it is.
    """

    __tablename__ = "whistle_appeal"

    whistle_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    department_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[str] = mapped_column(String(12), server_default="asked")
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decision: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(
            ["whistle_id", "department_id"], ["whistle_answer.whistle_id", "whistle_answer.department_id"]
        ),
        CheckConstraint("status IN ('asked', 'granted', 'denied')", name="status"),
        CheckConstraint(
            "num_nulls(decided_at, decided_by, decision) = CASE WHEN status = 'asked' THEN 3 ELSE 0 END",
            name="decided",
        ),
        CheckConstraint("decided_by <> asked_by", name="somebody_else"),
    )


class WhistleLog(Base):
    """The append-only history of a whistle: one row a transition, written by the database for every role."""

    __tablename__ = "whistle_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    whistle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("whistle.id"))
    seq: Mapped[int] = mapped_column(Integer)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    subject: Mapped[str] = mapped_column(String(8))
    command: Mapped[str] = mapped_column(String(16))
    from_status: Mapped[str | None] = mapped_column(String(12))
    to_status: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    actor: Mapped[str] = mapped_column(Text)
    said: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))

    __table_args__ = (UniqueConstraint("whistle_id", "seq"),)


class WhistlePhoto(Base):
    """A photo that a result announced by the SHA-256 of its bytes, and the stored copy once it has come."""

    __tablename__ = "whistle_photo"

    whistle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("whistle.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    attachment_sha256: Mapped[str | None] = mapped_column(ForeignKey("attachment.sha256"), index=True)


class WhistleCommand(Base):
    """A command that was taken: the client's UUID is the key, the same body again gets the same answer."""

    __tablename__ = "whistle_command"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    whistle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("whistle.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
