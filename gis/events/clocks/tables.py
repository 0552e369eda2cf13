"""Tables of calendars, made out day by day, and of the clocks of events."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import (
    text as sql_text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.limits import KINDS
from gis.db.orm import Base, one_of

REWORK = ("restart", "continue")


class CalendarRow(Base):
    """One version of a city's calendar and limits; `city` is a beginning of area codes, empty for everywhere.

    `week` are the working days from Monday on. Holidays are known from `known_from` to `known_to`. `rework` says
    whether handling again after a failed inspection has its limit anew or what was left of it. A version never
    changes; clocks keep the one they began with.
    """

    __tablename__ = "calendar"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    city: Mapped[str] = mapped_column(String(15), server_default="")
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    week: Mapped[list[bool]] = mapped_column(ARRAY(Boolean))
    known_from: Mapped[date | None] = mapped_column(Date)
    known_to: Mapped[date | None] = mapped_column(Date)
    rework: Mapped[str] = mapped_column(String(8), server_default="restart")
    source: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("cardinality(week) = 7 AND true = ANY(week)", name="week"),
        CheckConstraint(f"rework IN {REWORK}", name="rework"),
        Index("uq_calendar_current", "code", unique=True, postgresql_where=sql_text("ended_at IS NULL")),
        Index("uq_calendar_city", "city", unique=True, postgresql_where=sql_text("ended_at IS NULL")),
    )


class CalendarSchedule(Base):
    """The sessions of working days of a season: minutes after midnight, from and to in turn."""

    __tablename__ = "calendar_schedule"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"), index=True)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    sessions: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))


class CalendarDay(Base):
    """A day that is not as its weekday says: a holiday, a make-up day, a short day."""

    __tablename__ = "calendar_day"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    works: Mapped[bool]
    sessions: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    name: Mapped[str] = mapped_column(Text, server_default="")
    source: Mapped[str] = mapped_column(Text, server_default="")


class CalendarLimit(Base):
    """A limit of a city's own for a stage; the workflow's limit counts where there is none.

    Empty `workflow` or `urgency` is every one; the more particular counts. `total` is the promise to the reporter.
    """

    __tablename__ = "calendar_limit"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"), primary_key=True)
    workflow: Mapped[str] = mapped_column(String(24), primary_key=True, server_default="")
    urgency: Mapped[str] = mapped_column(String(16), primary_key=True, server_default="")
    stage: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[Decimal] = mapped_column(Numeric(9, 3))

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("value > 0 AND value <= 3660", name="value"),
        CheckConstraint("stage ~ '^[a-z_]+$'", name="stage"),
    )


class CalendarSession(Base):
    """A session made out from the rules: when, and how much work lies before it and before its day."""

    __tablename__ = "calendar_session"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"), primary_key=True)
    begins: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    length_us: Mapped[int] = mapped_column(BigInteger)
    before_us: Mapped[int] = mapped_column(BigInteger)
    day_no: Mapped[int] = mapped_column(Integer)
    day_us: Mapped[int] = mapped_column(BigInteger)
    day_before_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("uq_calendar_session_before", "calendar_id", "before_us", unique=True),
        Index("ix_calendar_session_day", "calendar_id", "day_no"),
    )


class EventClock(Base):
    """One run of a limit of an event: of a stage, or of the whole (`total`), in one round.

    The limit is copied when the clock starts, with the version of the calendar it is counted by. `value` is the
    limit without its extensions, each of which adds it once more. `used` is what its runs before `running_since`
    used, and all of it when it has stopped, in units of its kind. `first_due_at` is what was said first. `warned` is
    the highest mark in per cent that was dealt with, `next_at` when the next one is reached. `department_id` is whose
    stage it was when it began.
    """

    __tablename__ = "event_clock"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    round: Mapped[int] = mapped_column(SmallInteger)
    stage: Mapped[str] = mapped_column(String(16))
    turn: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("1"))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    extended: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("0"))
    extended_seq: Mapped[int] = mapped_column(Integer, server_default=sql_text("0"))
    source: Mapped[str] = mapped_column(String(16))
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    provisional: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    running_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    first_due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used: Mapped[Decimal] = mapped_column(Numeric, server_default=sql_text("0"))
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    paused_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    pause_reason: Mapped[str | None] = mapped_column(Text)
    paused_total: Mapped[timedelta] = mapped_column(Interval, server_default=sql_text("'0'::interval"))
    stopped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(String(8))
    warned: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("0"))
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    department_id: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("event_id", "round", "stage", "turn"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("stage ~ '^[a-z_]+$'", name="stage"),
        CheckConstraint("value > 0 AND extended >= 0 AND used >= 0", name="value"),
        CheckConstraint(one_of("outcome", ("done", "ended")), name="outcome"),
        CheckConstraint("(stopped_at IS NULL) = (outcome IS NULL)", name="stopped"),
        CheckConstraint("num_nonnulls(running_since, paused_at, stopped_at) = 1", name="one_state"),
        CheckConstraint("next_at IS NULL OR running_since IS NOT NULL", name="next_while_running"),
        Index(
            "uq_event_clock_open",
            "event_id",
            "stage",
            unique=True,
            postgresql_where=sql_text("stopped_at IS NULL"),
        ),
        Index("ix_event_clock_started_at", "started_at", postgresql_using="brin"),
        Index("ix_event_clock_running", "due_at", postgresql_where=sql_text("running_since IS NOT NULL")),
        Index("ix_event_clock_next_at", "next_at", postgresql_where=sql_text("next_at IS NOT NULL")),
    )
