"""The administrative tree, party organisations, departments, service area."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _area() -> None:
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('comprehensive', 'dedicated')", name=op.f("ck_area_kind")),
        sa.CheckConstraint(
            "level IN ('province', 'city', 'district', 'subdistrict', 'community', 'grid')",
            name=op.f("ck_area_level"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_area_valid")),
        sa.ForeignKeyConstraint(["parent_id"], ["wangge.area.id"], name=op.f("fk_area_parent_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        schema="wangge",
    )
    op.create_index("ix_area_geom", "area", ["geom"], unique=False, schema="wangge", postgresql_using="gist")
    op.create_index(
        "ix_area_level",
        "area",
        ["level"],
        unique=False,
        schema="wangge",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_index(op.f("ix_area_parent_id"), "area", ["parent_id"], unique=False, schema="wangge")
    op.create_index("ix_area_path", "area", ["path"], unique=False, schema="wangge", postgresql_using="gin")
    op.create_index(
        "uq_area_code_current",
        "area",
        ["code"],
        unique=True,
        schema="wangge",
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def _area_post() -> None:
    op.create_table(
        "area_post",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('grid_lead', 'grid_worker', 'substitute')", name=op.f("ck_area_post_role")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["wangge.area.id"], name=op.f("fk_area_post_area_id_area"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_post")),
        schema="wangge",
    )
    op.create_index(op.f("ix_area_post_area_id"), "area_post", ["area_id"], unique=False, schema="wangge")
    op.create_index(
        "uq_area_post_current",
        "area_post",
        ["area_id", "role"],
        unique=True,
        schema="wangge",
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def _party_org() -> None:
    op.create_table(
        "party_org",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('committee', 'joint_committee', 'general_branch', 'branch', 'group')",
            name=op.f("ck_party_org_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["wangge.party_org.id"], name=op.f("fk_party_org_parent_id_party_org")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_org")),
        sa.UniqueConstraint("code", name=op.f("uq_party_org_code")),
        schema="wangge",
    )
    op.create_index(op.f("ix_party_org_parent_id"), "party_org", ["parent_id"], unique=False, schema="wangge")


def _party_org_area() -> None:
    op.create_table(
        "party_org_area",
        sa.Column("party_org_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_id"], ["wangge.area.id"], name=op.f("fk_party_org_area_area_id_area"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["party_org_id"],
            ["wangge.party_org.id"],
            name=op.f("fk_party_org_area_party_org_id_party_org"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("party_org_id", "area_id", "valid_from", name=op.f("pk_party_org_area")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_party_org_area_area_id"), "party_org_area", ["area_id"], unique=False, schema="wangge"
    )


def _department() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["wangge.department.id"], name=op.f("fk_department_parent_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("code", name=op.f("uq_department_code")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_department_parent_id"), "department", ["parent_id"], unique=False, schema="wangge"
    )


def _department_area() -> None:
    op.create_table(
        "department_area",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_id"], ["wangge.area.id"], name=op.f("fk_department_area_area_id_area"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["wangge.department.id"],
            name=op.f("fk_department_area_department_id_department"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("department_id", "area_id", "valid_from", name=op.f("pk_department_area")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_department_area_area_id"), "department_area", ["area_id"], unique=False, schema="wangge"
    )


def _service_area() -> None:
    op.create_table(
        "service_area",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_service_area_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_area")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_service_area_area_id"), "service_area", ["area_id"], unique=False, schema="wangge"
    )
    op.create_index(
        "ix_service_area_geom",
        "service_area",
        ["geom"],
        unique=False,
        schema="wangge",
        postgresql_using="gist",
    )


def _dataset() -> None:
    op.create_table(
        "dataset",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "summary",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dataset")),
        schema="wangge",
    )


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS wangge")
    _area()
    _area_post()
    _party_org()
    _party_org_area()
    _department()
    _department_area()
    _service_area()
    _dataset()


def downgrade() -> None:
    op.drop_table("dataset", schema="wangge")
    op.drop_table("service_area", schema="wangge")
    op.drop_table("department_area", schema="wangge")
    op.drop_table("department", schema="wangge")
    op.drop_table("party_org_area", schema="wangge")
    op.drop_table("party_org", schema="wangge")
    op.drop_table("area_post", schema="wangge")
    op.drop_table("area", schema="wangge")
