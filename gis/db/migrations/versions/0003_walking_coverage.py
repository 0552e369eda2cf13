"""Streets, and the stored answers of coverage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _street() -> None:
    op.create_table(
        "street",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("foot_forward", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("foot_backward", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("steps", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("slope_pct", sa.Double(), nullable=True),
        sa.Column("level", sa.Double(), nullable=True),
        sa.Column("bridge", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tunnel", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="LINESTRING", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street")),
        sa.UniqueConstraint("code", name=op.f("uq_street_code")),
        schema="wangge",
    )
    op.create_index(
        "ix_street_geom", "street", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )


def _reach_layer() -> None:
    op.create_table(
        "reach_layer",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("station_types", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("cost", sa.String(length=16), nullable=False),
        sa.Column("situation", sa.String(length=64), server_default="", nullable=False),
        sa.Column("network_version", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.String(length=16), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_layer")),
        sa.UniqueConstraint(
            "station_types", "cost", "situation", name=op.f("uq_reach_layer_station_types_cost_situation")
        ),
        schema="wangge",
    )


def _reach() -> None:
    op.create_table(
        "reach",
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("second_station_id", sa.Integer(), nullable=True),
        sa.Column("second_cost", sa.BigInteger(), nullable=True),
        sa.Column("quality", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "(station_id IS NULL) = (cost IS NULL)", name=op.f("ck_reach_unreachable_is_null")
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["wangge.building.id"],
            name=op.f("fk_reach_building_id_building"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"],
            ["wangge.reach_layer.id"],
            name=op.f("fk_reach_layer_id_reach_layer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_station_id"],
            ["wangge.station.id"],
            name=op.f("fk_reach_second_station_id_station"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["wangge.station.id"],
            name=op.f("fk_reach_station_id_station"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_id", "building_id", name=op.f("pk_reach")),
        schema="wangge",
    )
    op.create_index(op.f("ix_reach_building_id"), "reach", ["building_id"], unique=False, schema="wangge")
    op.create_index(
        op.f("ix_reach_second_station_id"), "reach", ["second_station_id"], unique=False, schema="wangge"
    )
    op.create_index(op.f("ix_reach_station_id"), "reach", ["station_id"], unique=False, schema="wangge")


def _circle() -> None:
    op.create_table(
        "circle",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("cost", sa.String(length=16), nullable=False),
        sa.Column("limit_value", sa.Integer(), nullable=False),
        sa.Column("network_version", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.String(length=16), nullable=False),
        sa.Column("buildings", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["wangge.station.id"],
            name=op.f("fk_circle_station_id_station"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle")),
        sa.UniqueConstraint(
            "station_id", "cost", "limit_value", name=op.f("uq_circle_station_id_cost_limit_value")
        ),
        schema="wangge",
    )
    op.create_index(
        "ix_circle_geom", "circle", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )
    op.create_index(op.f("ix_circle_station_id"), "circle", ["station_id"], unique=False, schema="wangge")


def upgrade() -> None:
    _street()
    _reach_layer()
    _reach()
    _circle()


def downgrade() -> None:
    op.drop_table("circle", schema="wangge")
    op.drop_table("reach", schema="wangge")
    op.drop_table("reach_layer", schema="wangge")
    op.drop_table("street", schema="wangge")
