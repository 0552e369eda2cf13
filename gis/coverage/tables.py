"""Stored answers: per building the nearest station of a layer, and the circles drawn from it; the standards."""

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
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base


class ReachLayer(Base):
    """One stored computation: which station types, which cost, and the versions that made it.

    `situation` is empty, or names the time of the week or the capacity the layer was made for.
    """

    __tablename__ = "reach_layer"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    station_types: Mapped[list[str]] = mapped_column(ARRAY(String))
    cost: Mapped[str] = mapped_column(String(16))
    situation: Mapped[str] = mapped_column(String(64), server_default="")
    network_version: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[str] = mapped_column(String(16))
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (UniqueConstraint("station_types", "cost", "situation"),)


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
    """The drawing of what is within a limit of one station; nobody counts by it.

    Of `buildings` in and beside it `corrected` were on the wrong side of the bare contour: its stated error.
    """

    __tablename__ = "circle"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"), index=True)
    cost: Mapped[str] = mapped_column(String(16))
    limit: Mapped[int] = mapped_column("limit_value", Integer)
    network_version: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[str] = mapped_column(String(16))
    buildings: Mapped[int] = mapped_column(Integer)
    corrected: Mapped[int] = mapped_column(Integer)
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", LONLAT, spatial_index=False))

    __table_args__ = (
        UniqueConstraint("station_id", "cost", "limit_value"),
        Index("ix_circle_geom", "geom", postgresql_using="gist"),
    )


class StandardProfile(Base):
    """One version of a standard of facilities, of a city (code of its area) or of everywhere (empty)."""

    __tablename__ = "standard_profile"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    profile: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    city: Mapped[str] = mapped_column(String(15), server_default="")
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    m2_per_100_households: Mapped[float | None]
    covered_share: Mapped[float]
    confidence: Mapped[str] = mapped_column(String(16))
    area_confidence: Mapped[str | None] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("profile", "version", "city"),
        CheckConstraint("covered_share > 0 AND covered_share <= 1", name="covered_share"),
    )


class FacilityStandard(Base):
    """What a standard asks of one type of facility; each value with how sure it is."""

    __tablename__ = "facility_standard"

    profile_id: Mapped[int] = mapped_column(
        ForeignKey("standard_profile.id", ondelete="CASCADE"), primary_key=True
    )
    type: Mapped[str] = mapped_column(String(40), primary_key=True)
    tier_min: Mapped[int | None] = mapped_column(SmallInteger)
    radius_m: Mapped[float | None]
    per: Mapped[str] = mapped_column(String(16))
    residents_min: Mapped[float | None]
    residents_max: Mapped[float | None]
    households_min: Mapped[float | None]
    households_max: Mapped[float | None]
    floor_area_m2_min: Mapped[float | None]
    floor_area_m2_max: Mapped[float | None]
    in_total: Mapped[bool] = mapped_column(server_default=text("false"))
    confidence: Mapped[str] = mapped_column(String(16))
    population_confidence: Mapped[str | None] = mapped_column(String(16))
    area_confidence: Mapped[str | None] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("per IN ('residents', 'community', 'none')", name="per"),
        CheckConstraint("tier_min IN (5, 10, 15)", name="tier"),
    )
