"""Tables of those who said “me too” and of what reporters confirmed."""

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
    Identity,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base


class MeToo(Base):
    """One voice that says of an event that it is there: an account, or a device, once.

    `who` is a SHA-256 of which of the two it is; `times` counts the days it was said again, `last_at` the last.
    """

    __tablename__ = "me_too"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    who: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    tracking_code: Mapped[str] = mapped_column(String(32), unique=True)
    times: Mapped[int] = mapped_column(Integer, server_default=sql_text("1"))
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (UniqueConstraint("event_id", "who"),)


class ReportConfirmation(Base):
    """What a reporter answered when asked whether the grid is right: yes, no, or where it is instead."""

    __tablename__ = "report_confirmation"

    report_id: Mapped[uuid.UUID] = mapped_column(
        UUID(as_uuid=True), ForeignKey("report.id", ondelete="CASCADE"), primary_key=True
    )
    answer: Mapped[str] = mapped_column(String(8))
    geom: Mapped[Any | None] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("answer IN ('yes', 'no', 'moved')", name="answer"),
        CheckConstraint("(answer = 'moved') = (geom IS NOT NULL)", name="place"),
    )
