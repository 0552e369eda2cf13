"""What stands in a grid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

COUNTS = (
    "households", "registered", "actual", "floating", "age_0_14", "age_15_59", "age_60_79", "age_80",
)  # fmt: skip

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _compound() -> None:
    op.create_table(
        "compound",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("walled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compound")),
        sa.UniqueConstraint("code", name=op.f("uq_compound_code")),
        schema="wangge",
    )
    op.create_index(
        "ix_compound_geom", "compound", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )


def _gate() -> None:
    op.create_table(
        "gate",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("compound_id", sa.Integer(), nullable=True),
        sa.Column("access", sa.String(length=16), server_default="public", nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.CheckConstraint(
            "access IN ('public', 'resident', 'staff', 'closed')", name=op.f("ck_gate_access")
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["wangge.compound.id"],
            name=op.f("fk_gate_compound_id_compound"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
        sa.UniqueConstraint("code", name=op.f("uq_gate_code")),
        schema="wangge",
    )
    op.create_index(op.f("ix_gate_compound_id"), "gate", ["compound_id"], unique=False, schema="wangge")
    op.create_index("ix_gate_geom", "gate", ["geom"], unique=False, schema="wangge", postgresql_using="gist")


def _building() -> None:
    op.create_table(
        "building",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("use", sa.String(length=32), nullable=True),
        sa.Column("storeys", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("compound_id", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("inhabited", sa.Boolean(), nullable=True),
        sa.Column("geom", Geometry(srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "GeometryType(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON')",
            name=op.f("ck_building_geometry_type"),
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["wangge.compound.id"],
            name=op.f("fk_building_compound_id_compound"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["wangge.area.id"], name=op.f("fk_building_grid_id_area"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("code", name=op.f("uq_building_code")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_building_compound_id"), "building", ["compound_id"], unique=False, schema="wangge"
    )
    op.create_index(
        "ix_building_geom", "building", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )
    op.create_index(op.f("ix_building_grid_id"), "building", ["grid_id"], unique=False, schema="wangge")


def _building_people() -> None:
    op.create_table(
        "building_people",
        sa.Column("building_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope_area_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in COUNTS),
        sa.CheckConstraint(
            " AND ".join(f"({name} IS NULL OR {name} >= 0)" for name in COUNTS),
            name=op.f("ck_building_people_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["wangge.building.id"],
            name=op.f("fk_building_people_building_id_building"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scope_area_id"],
            ["wangge.area.id"],
            name=op.f("fk_building_people_scope_area_id_area"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_building_people")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_building_people_scope_area_id"),
        "building_people",
        ["scope_area_id"],
        unique=False,
        schema="wangge",
    )


def _area_people(table: str, *more: sa.Column[bool]) -> None:
    op.create_table(
        table,
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        *more,
        *(sa.Column(name, sa.Integer(), nullable=True) for name in COUNTS),
        sa.ForeignKeyConstraint(
            ["area_id"], ["wangge.area.id"], name=op.f(f"fk_{table}_area_id_area"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("area_id", name=op.f(f"pk_{table}")),
        schema="wangge",
    )


def _entrance() -> None:
    op.create_table(
        "entrance",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["wangge.building.id"],
            name=op.f("fk_entrance_building_id_building"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrance")),
        sa.UniqueConstraint("code", name=op.f("uq_entrance_code")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_entrance_building_id"), "entrance", ["building_id"], unique=False, schema="wangge"
    )
    op.create_index(
        "ix_entrance_geom", "entrance", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )


def _station() -> None:
    op.create_table(
        "station",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), server_default="existing", nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("floor_area_m2", sa.Double(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("services", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('existing', 'under_construction', 'planned', 'closed')",
            name=op.f("ck_station_status"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["wangge.building.id"],
            name=op.f("fk_station_building_id_building"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["wangge.area.id"], name=op.f("fk_station_grid_id_area"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("code", name=op.f("uq_station_code")),
        schema="wangge",
    )
    op.create_index(op.f("ix_station_building_id"), "station", ["building_id"], unique=False, schema="wangge")
    op.create_index(
        "ix_station_geom", "station", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )
    op.create_index(op.f("ix_station_grid_id"), "station", ["grid_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_station_type"), "station", ["type"], unique=False, schema="wangge")


def _barrier() -> None:
    op.create_table(
        "barrier",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("geom", Geometry(srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('river', 'water', 'railway', 'wall', 'motorway')", name=op.f("ck_barrier_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barrier")),
        sa.UniqueConstraint("code", name=op.f("uq_barrier_code")),
        schema="wangge",
    )
    op.create_index(
        "ix_barrier_geom", "barrier", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )


def upgrade() -> None:
    _compound()
    _gate()
    _building()
    _building_people()
    _area_people("area_people")
    _area_people("area_people_public", sa.Column("suppressed", sa.Boolean(), nullable=False))
    _entrance()
    _station()
    _barrier()


def downgrade() -> None:
    op.drop_table("barrier", schema="wangge")
    op.drop_table("station", schema="wangge")
    op.drop_table("entrance", schema="wangge")
    op.drop_table("area_people_public", schema="wangge")
    op.drop_table("area_people", schema="wangge")
    op.drop_table("building_people", schema="wangge")
    op.drop_table("building", schema="wangge")
    op.drop_table("gate", schema="wangge")
    op.drop_table("compound", schema="wangge")
