"""Tables of inspection and rating: rules, samples, tasks, rounds as they ended, ratings, call-backs, appeals."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
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
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base

MOMENT = DateTime(timezone=True)
OUTCOMES = (
    "fixed",
    "partly_fixed",
    "not_fixed",
    "no_action",
    "not_responsible",
    "duplicate",
    "not_found",
    "withdrawn",
)


class RatingRule(Base):
    """What counts in an area and a family of matters, with all below them; the nearest row is taken.

    Shares are of 1: how many self-handled events are inspected (null: none is drawn, the desk decides on each), how
    many reporters are called back.
    """

    __tablename__ = "rating_rule"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    self_handled_share: Mapped[float | None] = mapped_column(server_default=text("0.2"))
    call_back_share: Mapped[float] = mapped_column(server_default=text("0.1"))
    rate_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("7"))
    object_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("15"))
    call_back_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("3"))

    __table_args__ = (
        CheckConstraint(
            "self_handled_share BETWEEN 0 AND 1 AND call_back_share BETWEEN 0 AND 1", name="shares"
        ),
        CheckConstraint("rate_days > 0 AND object_days > 0 AND call_back_days > 0", name="days"),
        Index(
            "uq_rating_rule_area_id_category_id",
            "area_id",
            "category_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class RatingScale(Base):
    """A mark and its words; `satisfied` ones count for the satisfaction rate."""

    __tablename__ = "rating_scale"

    score: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    satisfied: Mapped[bool]


class SampleSecret(Base):
    """What the draws of this installation are made from; read by nobody but the function that draws."""

    __tablename__ = "sample_secret"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class EventSample(Base):
    """A draw: made from the event's id, its round and the secret, taken when below the share that counted then."""

    __tablename__ = "event_sample"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    draw: Mapped[float]
    share: Mapped[float]
    rule_id: Mapped[int] = mapped_column(ForeignKey("rating_rule.id"))
    taken: Mapped[bool]
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())

    __table_args__ = (
        CheckConstraint("kind IN ('self_handled', 'call_back')", name="kind"),
        CheckConstraint("draw >= 0 AND draw < 1 AND taken = (draw < share)", name="drawn"),
    )


class InspectionTask(Base):
    """Somebody is to verify or inspect on site; without an assignee whoever may."""

    __tablename__ = "inspection_task"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    seq: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(12))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    assigned_at: Mapped[datetime] = mapped_column(MOMENT)
    done_at: Mapped[datetime | None] = mapped_column(MOMENT)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        UniqueConstraint("event_id", "seq"),
        CheckConstraint("kind IN ('verification', 'inspection')", name="kind"),
        CheckConstraint("state IN ('open', 'passed', 'failed', 'recalled')", name="state"),
        CheckConstraint("(done_at IS NULL) = (state = 'open')", name="done"),
        Index("ix_inspection_task_open", "assigned_at", postgresql_where=text("state = 'open'")),
    )


class EventRound(Base):
    """How a round of an event ended: a new one after an objection leaves its punctuality as it was."""

    __tablename__ = "event_round"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(MOMENT, index=True)
    ended_as: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    promised_at: Mapped[datetime | None] = mapped_column(MOMENT)
    overdue_s: Mapped[float | None]
    exempt: Mapped[bool] = mapped_column(server_default=text("false"))
    rate_until: Mapped[datetime | None] = mapped_column(MOMENT)
    object_until: Mapped[datetime] = mapped_column(MOMENT)
    objected_at: Mapped[datetime | None] = mapped_column(MOMENT)
    objection: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(objected_at IS NULL) = (objection IS NULL)", name="objection"),
    )


class EventRating(Base):
    """The reporter's rating of a round: once, by tracking code or account."""

    __tablename__ = "event_rating"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    score: Mapped[int] = mapped_column(ForeignKey("rating_scale.score"))
    solved: Mapped[str | None] = mapped_column(String(8))
    words: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (CheckConstraint("solved IN ('yes', 'partly', 'no')", name="solved"),)


class CallBack(Base):
    """A call to the reporter: did you really get an answer? `omitted` (漏报): reached, and there was none."""

    __tablename__ = "call_back"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    round: Mapped[int] = mapped_column(SmallInteger)
    seq: Mapped[int | None] = mapped_column(Integer)
    sampled: Mapped[bool]
    asked_at: Mapped[datetime] = mapped_column(MOMENT)
    due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    done_at: Mapped[datetime | None] = mapped_column(MOMENT)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reached: Mapped[bool | None]
    answered: Mapped[bool | None]
    solved: Mapped[str | None] = mapped_column(String(8))
    satisfied: Mapped[bool | None]
    omitted: Mapped[bool] = mapped_column(server_default=text("false"))
    words: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("event_id", "seq"),
        CheckConstraint("solved IN ('yes', 'partly', 'no')", name="solved"),
        CheckConstraint("omitted = coalesce(reached AND NOT answered, false)", name="omitted"),
        CheckConstraint("(done_at IS NULL) = (seq IS NULL)", name="done"),
    )


class OverdueAppeal(Base):
    """A department's appeal against being called overdue: asked, reviewed by one, decided by another."""

    __tablename__ = "overdue_appeal"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    asked_at: Mapped[datetime] = mapped_column(MOMENT)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    reviewed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    favour: Mapped[bool | None]
    opinion: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    granted: Mapped[bool | None]
    decision: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("num_nulls(reviewed_at, reviewed_by, favour, opinion) IN (0, 4)", name="reviewed"),
        CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name="decided"),
        CheckConstraint("reviewed_by <> asked_by AND decided_by <> asked_by", name="somebody_else"),
        CheckConstraint(
            "granted IS NOT TRUE OR (favour AND decided_by <> reviewed_by)", name="two_reviewers"
        ),
    )
