"""Work that takes longer than a request: the queue; and what duties of the worker failed at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

API = "wangge_api"
ASKED = "id, kind, label_zh, label_en, params, account_id, actor, scope"
OWN = "account_id = (SELECT wangge.account_id())"
MAINTAINS = "(SELECT wangge.maintains())"


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="queued", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("result", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_type", sa.Text(), nullable=True),
        sa.Column("file_bytes", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state")
        ),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (state IN ('queued', 'running'))", name=op.f("ck_job_finished")
        ),
        sa.CheckConstraint("num_nulls(file_name, file_type, file_bytes) IN (0, 3)", name=op.f("ck_job_file")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wangge.account.id"], name=op.f("fk_job_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        schema="wangge",
    )
    op.create_index("ix_job_account_id_id", "job", ["account_id", "id"], unique=False, schema="wangge")
    op.create_index("ix_job_finished_at", "job", ["finished_at"], unique=False, schema="wangge")
    op.create_index(
        "ix_job_open",
        "job",
        ["id"],
        unique=False,
        schema="wangge",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _fault() -> None:
    op.create_table(
        "duty_fault",
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("faults", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("duty", "subject", name=op.f("pk_duty_fault")),
        schema="wangge",
    )


def upgrade() -> None:
    _job()
    _fault()
    op.execute("ALTER TABLE wangge.duty_fault ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY maintenance ON wangge.duty_fault TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
    )
    op.execute("ALTER TABLE wangge.job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY maintenance ON wangge.job TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
    )
    # The web edge puts a job in and cancels it; state, result and file are written by the worker alone.
    op.execute(f"GRANT SELECT, INSERT ({ASKED}), UPDATE (cancelled_at) ON wangge.job TO {API}")
    op.execute(f"CREATE POLICY job_read ON wangge.job FOR SELECT TO {API} USING ({OWN})")
    op.execute(f"CREATE POLICY job_submit ON wangge.job FOR INSERT TO {API} WITH CHECK ({OWN})")
    op.execute(f"CREATE POLICY job_cancel ON wangge.job FOR UPDATE TO {API} USING ({OWN}) WITH CHECK ({OWN})")
    op.execute(
        "CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.job"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
    )


def downgrade() -> None:
    op.drop_table("duty_fault", schema="wangge")
    op.drop_table("job", schema="wangge")
