"""Inspection samples, ratings, objections, call-backs, appeals."""

from __future__ import annotations

revision = "0019"
down_revision = "0018g"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
