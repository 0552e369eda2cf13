"""What everybody may read of events: numbers by area and month, the small ones left out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, ForeignKey, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base


class PublicStatistic(Base):
    """Events opened and closed in an area in one calendar month; null where the number is hidden.

    A month is published once, after it is over, and not changed by what comes in later: two states of the same
    number would tell what came between them.
    """

    __tablename__ = "public_statistic"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    opened: Mapped[int | None] = mapped_column(Integer)
    closed: Mapped[int | None] = mapped_column(Integer)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
