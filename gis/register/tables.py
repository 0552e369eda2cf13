"""Tables of what stands in a grid: compounds, gates, buildings, entrances, stations, barriers."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base

AGE_BANDS = ("age_0_14", "age_15_59", "age_60_79", "age_80")
COUNTS = ("households", "registered", "actual", "floating", *AGE_BANDS)
GATE_ACCESS = ("public", "resident", "staff", "closed")
STATION_STATUS = ("existing", "under_construction", "planned", "closed")
BARRIER_KINDS = ("river", "water", "railway", "wall", "motorway")


class Compound(Base):
    """A residential compound (小区): its own polygon, which may cross grids."""

    __tablename__ = "compound"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(32))
    walled: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", LONLAT, spatial_index=False))

    __table_args__ = (Index("ix_compound_geom", "geom", postgresql_using="gist"),)


class Gate(Base):
    """A gate in a compound's wall: who may pass, and when (OSM opening_hours syntax)."""

    __tablename__ = "gate"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    compound_id: Mapped[int | None] = mapped_column(ForeignKey("compound.id", ondelete="CASCADE"), index=True)
    access: Mapped[str] = mapped_column(String(16), server_default="public")
    hours: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))

    __table_args__ = (
        CheckConstraint(f"access IN {GATE_ACCESS}", name="access"),
        Index("ix_gate_geom", "geom", postgresql_using="gist"),
    )


class Building(Base):
    """A building: footprint (or a point where none is known) and use; what is known of its people is elsewhere.

    `inhabited` is whether anybody is counted there, null where nobody counted.
    """

    __tablename__ = "building"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str | None] = mapped_column(Text)
    use: Mapped[str | None] = mapped_column(String(32))
    storeys: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(Text)
    compound_id: Mapped[int | None] = mapped_column(
        ForeignKey("compound.id", ondelete="SET NULL"), index=True
    )
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("area.id", ondelete="SET NULL"), index=True)
    inhabited: Mapped[bool | None]
    geom: Mapped[Any] = mapped_column(Geometry("GEOMETRY", LONLAT, spatial_index=False))

    __table_args__ = (
        CheckConstraint("GeometryType(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON')", name="geometry_type"),
        Index("ix_building_geom", "geom", postgresql_using="gist"),
    )


class PeopleCounts:
    """Counts of people, never persons: the columns `COUNTS`, null where nobody counted or may see."""

    households: Mapped[int | None] = mapped_column(sort_order=1)
    registered: Mapped[int | None] = mapped_column(sort_order=1)
    actual: Mapped[int | None] = mapped_column(sort_order=1)
    floating: Mapped[int | None] = mapped_column(sort_order=1)
    age_0_14: Mapped[int | None] = mapped_column(sort_order=1)
    age_15_59: Mapped[int | None] = mapped_column(sort_order=1)
    age_60_79: Mapped[int | None] = mapped_column(sort_order=1)
    age_80: Mapped[int | None] = mapped_column(sort_order=1)


class BuildingPeople(PeopleCounts, Base):
    """Counts of the people of a building, never persons; seen by who may read people of `scope_area_id`.

    That is the building's grid, or the area that owns what lies outside every grid.
    """

    __tablename__ = "building_people"

    building_id: Mapped[int] = mapped_column(
        ForeignKey("building.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    scope_area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id", ondelete="SET NULL"), index=True)

    __table_args__ = (
        CheckConstraint(" AND ".join(f"({c} IS NULL OR {c} >= 0)" for c in COUNTS), name="counts"),
    )


class AreaPeople(PeopleCounts, Base):
    """Sums over the buildings of an area's subtree, exact: for who may read the people of that area."""

    __tablename__ = "area_people"

    area_id: Mapped[int] = mapped_column(
        ForeignKey("area.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class AreaPeoplePublic(PeopleCounts, Base):
    """The same sums for everybody else: null where they are hidden, so that no small one can be worked out."""

    __tablename__ = "area_people_public"

    area_id: Mapped[int] = mapped_column(
        ForeignKey("area.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    suppressed: Mapped[bool]


class Entrance(Base):
    """A building's entrance (单元门), the door distances are walked from."""

    __tablename__ = "entrance"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id", ondelete="CASCADE"), index=True)
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))

    __table_args__ = (Index("ix_entrance_geom", "geom", postgresql_using="gist"),)


class Station(Base):
    """A service station: type of facility_types, hours, status; only existing ones cover anybody."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    type: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), server_default="existing")
    hours: Mapped[str | None] = mapped_column(Text)
    floor_area_m2: Mapped[float | None]
    capacity: Mapped[int | None] = mapped_column(Integer)
    services: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    building_id: Mapped[int | None] = mapped_column(
        ForeignKey("building.id", ondelete="SET NULL"), index=True
    )
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("area.id", ondelete="SET NULL"), index=True)
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))

    __table_args__ = (
        CheckConstraint(f"status IN {STATION_STATUS}", name="status"),
        Index("ix_station_geom", "geom", postgresql_using="gist"),
    )


class Barrier(Base):
    """What a connector may not cross: river, water, railway, wall, motorway (line or polygon)."""

    __tablename__ = "barrier"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[Any] = mapped_column(Geometry("GEOMETRY", LONLAT, spatial_index=False))

    __table_args__ = (
        CheckConstraint(f"kind IN {BARRIER_KINDS}", name="kind"),
        Index("ix_barrier_geom", "geom", postgresql_using="gist"),
    )
