"""Tables of dispatch rules, the duty list, the admission list, and of what was decided."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base

STATES = ("draft", "active", "retired")
TRACES = ("auto", "proposed", "none", "confirmed", "overridden", "unruled")
ALARMS = ("no_rule_set", "no_rule", "unknown_department", "broken_rule", "refused")
NOW = func.now()
WHEN = DateTime(timezone=True)


class DispatchRuleSet(Base):
    """The rules of a city (the code of an area; empty: everywhere) in one version; one is in force at a time.

    `revision` counts changes of a draft; what was in force once is never changed again.
    """

    __tablename__ = "dispatch_rule_set"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    city: Mapped[str] = mapped_column(String(32), server_default="")
    version: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(String(8), server_default="draft")
    revision: Mapped[int] = mapped_column(Integer, server_default=sql_text("1"))
    created_at: Mapped[datetime] = mapped_column(WHEN, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(WHEN, server_default=NOW)
    activated_at: Mapped[datetime | None] = mapped_column(WHEN)
    retired_at: Mapped[datetime | None] = mapped_column(WHEN)

    __table_args__ = (
        UniqueConstraint("city", "version"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(
            "uq_dispatch_rule_set_active",
            "city",
            unique=True,
            postgresql_where=sql_text("state = 'active'"),
        ),
    )


class DispatchRule(Base):
    """One rule as it is written (`gis.events.dispatch.reading`)."""

    __tablename__ = "dispatch_rule"

    rule_set_id: Mapped[int] = mapped_column(
        ForeignKey("dispatch_rule_set.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class DutyItem(Base):
    """An item of the duty list (权责清单): who leads, who supports, and what says so, from when until when."""

    __tablename__ = "duty_item"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    city: Mapped[str] = mapped_column(String(32), server_default="")
    version: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    lead: Mapped[str] = mapped_column(String(64))
    supporting: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql_text("'{}'"))
    basis: Mapped[str] = mapped_column(Text, server_default="")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("city", "version", "code"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
    )


class AdmissionItem(Base):
    """An item of the admission list (准入清单): what may be sent down to the communities of an area."""

    __tablename__ = "admission_item"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    city: Mapped[str] = mapped_column(String(32), server_default="")
    version: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area: Mapped[str] = mapped_column(String(32), server_default="")
    basis: Mapped[str] = mapped_column(Text, server_default="")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("city", "version", "code"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
    )


class AdmissionApproval(Base):
    """That an event may be sent down to a community although it is not on its list: who said so, and why."""

    __tablename__ = "admission_approval"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    actor: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(WHEN, server_default=NOW)

    __table_args__ = (CheckConstraint("length(btrim(reason)) >= 4", name="reason"),)


class DispatchTrace(Base):
    """What was decided about an event, on what facts, and what a person made of it; append-only.

    `outcome` is `auto`, `proposed` or `none` for a decision of the rules, `confirmed`, `overridden` or `unruled` for a
    dispatch by hand, where `proposed` keeps what the rules had said.
    """

    __tablename__ = "dispatch_trace"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(WHEN, server_default=NOW)
    outcome: Mapped[str] = mapped_column(String(12))
    rule_set_id: Mapped[int | None] = mapped_column(ForeignKey("dispatch_rule_set.id"), index=True)
    rule: Mapped[str | None] = mapped_column(String(40))
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql_text("'{}'::jsonb"))
    lost: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql_text("'[]'::jsonb"))
    target: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    proposed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    alarm: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text, server_default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    actor: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("event_id", "seq"),
        CheckConstraint(f"outcome IN {TRACES}", name="outcome"),
    )


class DispatchAlarm(Base):
    """A rule that did not work, shown until somebody has seen to it; the same one again is counted, not repeated."""

    __tablename__ = "dispatch_alarm"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    rule_set_id: Mapped[int | None] = mapped_column(
        ForeignKey("dispatch_rule_set.id", ondelete="CASCADE"), index=True
    )
    rule: Mapped[str] = mapped_column(String(40), server_default="")
    category: Mapped[str] = mapped_column(String(80), server_default="")
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    detail: Mapped[str] = mapped_column(Text, server_default="")
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"), index=True)
    times: Mapped[int] = mapped_column(Integer, server_default=sql_text("1"))
    first_at: Mapped[datetime] = mapped_column(WHEN, server_default=NOW)
    last_at: Mapped[datetime] = mapped_column(WHEN, server_default=NOW)
    acknowledged_at: Mapped[datetime | None] = mapped_column(WHEN)
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (
        CheckConstraint(f"kind IN {ALARMS}", name="kind"),
        Index(
            "uq_dispatch_alarm_open",
            "kind",
            "rule_set_id",
            "rule",
            "category",
            "area_id",
            "detail",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sql_text("acknowledged_at IS NULL"),
        ),
    )
