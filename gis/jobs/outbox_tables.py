"""Tables of what leaves with a transaction: messages, who subscribed, their deliveries, notices to accounts."""

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

from gis.db.orm import Base


class Outbox(Base):
    """A message, written in the transaction of what it tells; `spread_at` is when deliveries were made of it.

    `payload` holds codes, numbers and public words only: it outlives an erasure and leaves the house.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    spread_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ix_outbox_waiting", "id", postgresql_where=text("spread_at IS NULL")),
        Index("ix_outbox_at", "at"),
    )


class Subscriber(Base):
    """A system or mailbox that is told of some topics in the subtree of an area."""

    __tablename__ = "subscriber"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    channel: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("channel IN ('webhook', 'mail')", name="channel"),
        CheckConstraint("(channel = 'webhook') = (secret_sealed IS NOT NULL)", name="secret"),
        CheckConstraint("cardinality(topics) > 0", name="topics"),
    )


class Delivery(Base):
    """One message on its way to one subscriber: sent again until it is done, or dead after the last attempt."""

    __tablename__ = "delivery"

    id: Mapped[uuid.UUID] = mapped_column(
        UUID(as_uuid=True), primary_key=True, server_default=text("gen_random_uuid()")
    )
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    dead_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("outbox_id", "subscriber_id"),
        CheckConstraint("num_nonnulls(done_at, dead_at) <= 1", name="ended_once"),
        Index("ix_delivery_due", "next_at", postgresql_where=text("done_at IS NULL AND dead_at IS NULL")),
    )


class Notice(Base):
    """What one account is told inside the program."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("account_id", "outbox_id"),
        Index("ix_notice_unread", "account_id", "id", postgresql_where=text("read_at IS NULL")),
    )
