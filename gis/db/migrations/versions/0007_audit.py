"""The audit, append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=24), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=8), server_default="ok", nullable=False),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("result IN ('ok', 'refused', 'failed')", name=op.f("ck_audit_result")),
        sa.CheckConstraint("(seq = 1) = (prev_hash IS NULL)", name=op.f("ck_audit_chain")),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_audit_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint(
            "object_type", "object_id", "seq", name=op.f("uq_audit_object_type_object_id_seq")
        ),
        schema="wangge",
    )
    op.create_index("ix_audit_account_id_at", "audit", ["account_id", "at"], unique=False, schema="wangge")
    op.create_index(op.f("ix_audit_area_id"), "audit", ["area_id"], unique=False, schema="wangge")
    op.create_index("ix_audit_at_id", "audit", ["at", "id"], unique=False, schema="wangge")


def _audit_mark() -> None:
    op.create_table(
        "audit_mark",
        sa.Column("object_type", sa.String(length=24), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("object_type", "object_id", name=op.f("pk_audit_mark")),
        schema="wangge",
    )


def upgrade() -> None:
    _audit()
    _audit_mark()


def downgrade() -> None:
    op.drop_table("audit_mark", schema="wangge")
    op.drop_table("audit", schema="wangge")
