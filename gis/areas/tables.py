"""Tables of the administrative tree, the party organisations, the departments and the service area."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base

LEVELS = ("province", "city", "district", "subdistrict", "community", "grid")
CURRENT = text("valid_to IS NULL")


class Area(Base):
    """One version of one area of the tree province → city → district → subdistrict → community → grid.

    `path` holds the ids from the root down to the area itself, so that a subtree is `path @> ARRAY[id]`.
    """

    __tablename__ = "area"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str | None] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", LONLAT, spatial_index=False))
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint(f"level IN {LEVELS}", name="level"),
        CheckConstraint("kind IN ('comprehensive', 'dedicated')", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="valid"),
        Index("uq_area_code_current", "code", unique=True, postgresql_where=CURRENT),
        Index("ix_area_code", "code"),
        Index("ix_area_geom", "geom", postgresql_using="gist"),
        Index("ix_area_path", "path", postgresql_using="gin"),
        Index("ix_area_level", "level", postgresql_where=CURRENT),
    )


class AreaPost(Base):
    """Who holds a post in an area: a post's name, never a person's."""

    __tablename__ = "area_post"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(32))
    post: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint("role IN ('grid_lead', 'grid_worker', 'substitute')", name="role"),
        Index("uq_area_post_current", "area_id", "role", unique=True, postgresql_where=CURRENT),
    )


class PartyOrg(Base):
    """A party organisation: a tree of its own, never derived from the spatial one."""

    __tablename__ = "party_org"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("party_org.id"), index=True)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('committee', 'joint_committee', 'general_branch', 'branch', 'group')", name="kind"
        ),
    )


class PartyOrgArea(Base):
    """Which areas a party organisation looks after: many to many, dated."""

    __tablename__ = "party_org_area"

    party_org_id: Mapped[int] = mapped_column(
        ForeignKey("party_org.id", ondelete="CASCADE"), primary_key=True
    )
    area_id: Mapped[int] = mapped_column(
        ForeignKey("area.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True, server_default=func.current_date())
    valid_to: Mapped[date | None] = mapped_column(Date)


class Department(Base):
    """A handling department (处置部门): the third tree; `path` as that of an area."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    path: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'"))

    __table_args__ = (Index("ix_department_path", "path", postgresql_using="gin"),)


class DepartmentArea(Base):
    """Where a department is competent: many to many, dated."""

    __tablename__ = "department_area"

    department_id: Mapped[int] = mapped_column(
        ForeignKey("department.id", ondelete="CASCADE"), primary_key=True
    )
    area_id: Mapped[int] = mapped_column(
        ForeignKey("area.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True, server_default=func.current_date())
    valid_to: Mapped[date | None] = mapped_column(Date)


class ServiceArea(Base):
    """Where this installation accepts reports: data, one row at most, with the area that owns the rest."""

    __tablename__ = "service_area"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", LONLAT, spatial_index=False))

    __table_args__ = (Index("ix_service_area_geom", "geom", postgresql_using="gist"),)


class Dataset(Base):
    """What was loaded, when, from what: an invented sample marks every map."""

    __tablename__ = "dataset"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
