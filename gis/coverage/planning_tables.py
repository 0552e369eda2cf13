"""Tables of planning: scenarios, what was changed for real, and how often the register changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base


class Scenario(Base):
    """A named list of edits that somebody asks “what if” with; seen by the planners of `area_id` and its maker."""

    __tablename__ = "scenario"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, server_default="")
    edits: Mapped[list[Any]] = mapped_column(JSONB)
    question: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    adopted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name"),
        CheckConstraint("length(note) <= 2000", name="note"),
        CheckConstraint("jsonb_typeof(edits) = 'array' AND jsonb_array_length(edits) <= 200", name="edits"),
        CheckConstraint("jsonb_typeof(question) = 'object'", name="question"),
    )


class RegisterEdit(Base):
    """One change of a station, a gate or a street made for real; never changed again.

    `changed` counts are of the transaction it was made in: several edits of one scenario share them.
    """

    __tablename__ = "register_edit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    edit: Mapped[dict[str, Any]] = mapped_column(JSONB)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    scenario_id: Mapped[uuid.UUID | None]
    account_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))


class RegisterRevision(Base):
    """How often a relation that coverage reads was written to: one row each, counted by triggers."""

    __tablename__ = "register_revision"

    relation: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
