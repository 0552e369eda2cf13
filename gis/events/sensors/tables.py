"""Tables of sensors, the alarms heard of them and the storms these make."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    String,
    Text,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base
from gis.events.tables import URGENCIES


class Sensor(Base):
    """A device that reports by itself: what, where, in which words; its key is sealed.

    Alarms less than `snooze_s` after the one before belong to the same event while that is open.
    """

    __tablename__ = "sensor"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))
    scope_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    urgency: Mapped[str] = mapped_column(String(16), server_default="normal")
    snooze_s: Mapped[int] = mapped_column(Integer, server_default=sql_text("3600"))
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    enabled: Mapped[bool] = mapped_column(server_default=sql_text("true"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("snooze_s BETWEEN 0 AND 604800", name="snooze"),
        CheckConstraint(f"urgency IN {URGENCIES}", name="urgency"),
    )


class SensorStorm(Base):
    """The alarms of one sensor that are one event, counted."""

    __tablename__ = "sensor_storm"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), index=True)
    alarms: Mapped[int] = mapped_column(Integer, server_default=sql_text("1"))
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SensorAlarm(Base):
    """An alarm that was heard, by the hash of its signature; kept for a day, so that none counts twice."""

    __tablename__ = "sensor_alarm"

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    event_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True), ForeignKey("event.id"), index=True)
    alarms: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
