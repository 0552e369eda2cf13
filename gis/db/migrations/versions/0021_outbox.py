"""Notices that leave with the transaction that caused them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020c"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
OWN = "account_id = (SELECT wangge.account_id())"
HELD = (
    "EXISTS (SELECT FROM wangge.area AS a WHERE a.id = subscriber.area_id"
    " AND a.path && (SELECT wangge.scope_areas('rules.edit')))"
)
# The web edge adds messages and nothing else: it neither reads them nor says who got them.
PUT = """
CREATE FUNCTION wangge.put_outbox(topic text, event_id uuid, area_id int, payload jsonb, accounts int[])
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  WITH message AS (
    INSERT INTO outbox (topic, event_id, area_id, payload)
    SELECT $1, $2, $3, $4 WHERE actor() IS NOT NULL
    RETURNING id
  ), told AS (
    INSERT INTO notice (account_id, outbox_id)
    SELECT DISTINCT a.id, message.id FROM message, account AS a
    WHERE a.id = ANY($5) AND a.disabled_at IS NULL
  )
  SELECT id FROM message
$$
"""
MINE = """
CREATE FUNCTION wangge.my_notices(before bigint, only_unread boolean, count int)
RETURNS TABLE (id bigint, topic text, event_id uuid, payload jsonb, at timestamptz, read_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT n.id, o.topic, o.event_id, o.payload, o.at, n.read_at
  FROM notice AS n JOIN outbox AS o ON o.id = n.outbox_id
  WHERE n.account_id = account_id() AND (NOT only_unread OR n.read_at IS NULL) AND (before IS NULL OR n.id < before)
  ORDER BY n.id DESC LIMIT least($3, 200)
$$
"""
TIME = sa.DateTime(timezone=True)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("spread_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_outbox_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema="wangge",
    )
    op.create_index("ix_outbox_at", "outbox", ["at"], unique=False, schema="wangge")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["id"], unique=False, schema="wangge",
        postgresql_where=sa.text("spread_at IS NULL"),
    )  # fmt: skip


def _subscriber() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint("channel IN ('webhook', 'mail')", name=op.f("ck_subscriber_channel")),
        sa.CheckConstraint(
            "(channel = 'webhook') = (secret_sealed IS NOT NULL)", name=op.f("ck_subscriber_secret")
        ),
        sa.CheckConstraint("cardinality(topics) > 0", name=op.f("ck_subscriber_topics")),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_subscriber_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        schema="wangge",
    )
    op.create_index(op.f("ix_subscriber_area_id"), "subscriber", ["area_id"], unique=False, schema="wangge")


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.Column("dead_at", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("num_nonnulls(done_at, dead_at) <= 1", name=op.f("ck_delivery_ended_once")),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["wangge.outbox.id"], name=op.f("fk_delivery_outbox_id_outbox"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["wangge.subscriber.id"], name=op.f("fk_delivery_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("outbox_id", "subscriber_id", name=op.f("uq_delivery_outbox_id_subscriber_id")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_delivery_subscriber_id"), "delivery", ["subscriber_id"], unique=False, schema="wangge"
    )
    op.create_index(
        "ix_delivery_due", "delivery", ["next_at"], unique=False, schema="wangge",
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )  # fmt: skip


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["wangge.account.id"],
            name=op.f("fk_notice_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["wangge.outbox.id"], name=op.f("fk_notice_outbox_id_outbox"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("account_id", "outbox_id", name=op.f("uq_notice_account_id_outbox_id")),
        schema="wangge",
    )
    op.create_index(op.f("ix_notice_outbox_id"), "notice", ["outbox_id"], unique=False, schema="wangge")
    op.create_index(
        "ix_notice_unread", "notice", ["account_id", "id"], unique=False, schema="wangge",
        postgresql_where=sa.text("read_at IS NULL"),
    )  # fmt: skip


def upgrade() -> None:
    _outbox()
    _subscriber()
    _delivery()
    _notice()
    for table in ("outbox", "subscriber", "delivery", "notice"):
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER"
            f" USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
        )
    for statement in (PUT, MINE):
        op.execute(statement)
    for function in ("put_outbox(text, uuid, int, jsonb, int[])", "my_notices(bigint, boolean, int)"):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")
    # That a notice was read is no act worth an audit row.
    op.execute(f"GRANT SELECT, UPDATE (read_at) ON wangge.notice TO {API}")
    op.execute(f"CREATE POLICY notice_read ON wangge.notice FOR SELECT TO {API} USING ({OWN})")
    op.execute(
        f"CREATE POLICY notice_mark ON wangge.notice FOR UPDATE TO {API} USING ({OWN}) WITH CHECK ({OWN})"
    )
    op.execute(
        "GRANT SELECT (id, channel, name, address, topics, area_id, created_at, ended_at), INSERT, UPDATE (ended_at)"
        f" ON wangge.subscriber TO {API}"
    )
    op.execute(f"CREATE POLICY subscriber_read ON wangge.subscriber FOR SELECT TO {API} USING ({HELD})")
    op.execute(f"CREATE POLICY subscriber_add ON wangge.subscriber FOR INSERT TO {API} WITH CHECK ({HELD})")
    op.execute(
        f"CREATE POLICY subscriber_end ON wangge.subscriber FOR UPDATE TO {API} USING ({HELD}) WITH CHECK ({HELD})"
    )
    op.execute(
        f"CREATE POLICY delivery_read ON wangge.delivery FOR SELECT TO {API} USING"
        " (EXISTS (SELECT FROM wangge.subscriber AS s WHERE s.id = subscriber_id))"
    )
    op.execute(f"GRANT SELECT ON wangge.delivery TO {API}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.subscriber"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION wangge.my_notices(bigint, boolean, int)")
    op.execute("DROP FUNCTION wangge.put_outbox(text, uuid, int, jsonb, int[])")
    for table in ("notice", "delivery", "subscriber", "outbox"):
        op.drop_table(table, schema="wangge")
