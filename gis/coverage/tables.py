"""Stored answers: per building the nearest station of a layer, and the circles drawn from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base


class ReachLayer(Base):
    """One stored computation: which station types, which cost, and the versions that made it."""

    __tablename__ = "reach_layer"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    station_types: Mapped[list[str]] = mapped_column(ARRAY(String))
    cost: Mapped[str] = mapped_column(String(16))
    network_version: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[str] = mapped_column(String(16))
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (UniqueConstraint("station_types", "cost"),)


class Reach(Base):
    """A building's answer in a layer: nearest and second station, integer cost (µm or µs), or why none."""

    __tablename__ = "reach"

    layer_id: Mapped[int] = mapped_column(ForeignKey("reach_layer.id", ondelete="CASCADE"), primary_key=True)
    building_id: Mapped[int] = mapped_column(
        ForeignKey("building.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"), index=True)
    cost: Mapped[int | None] = mapped_column(BigInteger)
    second_station_id: Mapped[int | None] = mapped_column(
        ForeignKey("station.id", ondelete="CASCADE"), index=True
    )
    second_cost: Mapped[int | None] = mapped_column(BigInteger)
    quality: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))

    __table_args__ = (CheckConstraint("(station_id IS NULL) = (cost IS NULL)", name="unreachable_is_null"),)


class Circle(Base):
    """The drawing of what is within a limit of one station; nobody counts by it."""

    __tablename__ = "circle"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"), index=True)
    cost: Mapped[str] = mapped_column(String(16))
    limit: Mapped[int] = mapped_column("limit_value", Integer)
    network_version: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[str] = mapped_column(String(16))
    provisional: Mapped[bool] = mapped_column(server_default=text("true"))
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", LONLAT, spatial_index=False))

    __table_args__ = (
        UniqueConstraint("station_id", "cost", "limit_value"),
        Index("ix_circle_geom", "geom", postgresql_using="gist"),
    )
