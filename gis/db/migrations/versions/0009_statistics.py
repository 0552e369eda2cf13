"""Numbers of events for everybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_statistic",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=True),
        sa.Column("closed", sa.Integer(), nullable=True),
        sa.Column(
            "published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["wangge.area.id"],
            name=op.f("fk_public_statistic_area_id_area"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("area_id", "month", name=op.f("pk_public_statistic")),
        schema="wangge",
    )
    op.execute("GRANT SELECT ON wangge.public_statistic TO wangge_api")


def downgrade() -> None:
    op.drop_table("public_statistic", schema="wangge")
