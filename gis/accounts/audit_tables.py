"""The table of the audit: who did or saw what, append-only, one hash chain an object."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base, one_of

RESULTS = ("ok", "refused", "failed")


class AuditRow(Base):
    """One write, refused write, or view of personal data. No personal data in it but the actor's own.

    `seq`, `prev_hash` and `hash` chain the rows of one object; the database fills them, and who acts, from
    the context of the transaction.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    account_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(String(32))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    object_type: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(String(8), server_default="ok")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    seq: Mapped[int] = mapped_column(Integer)
    prev_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("object_type", "object_id", "seq"),
        CheckConstraint(one_of("result", RESULTS), name="result"),
        CheckConstraint("(seq = 1) = (prev_hash IS NULL)", name="chain"),
        CheckConstraint(
            "position(chr(31) IN concat(actor, role, address, trace_id, action, object_type, object_id)) = 0",
            name="separator",
        ),
        Index("ix_audit_at_id", "at", "id"),
        Index("ix_audit_actor_at", "actor", "at"),
    )


class AuditMark(Base):
    """Where the chain of an object goes on after rows past their retention were removed."""

    __tablename__ = "audit_mark"

    object_type: Mapped[str] = mapped_column(String(24), primary_key=True)
    object_id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
