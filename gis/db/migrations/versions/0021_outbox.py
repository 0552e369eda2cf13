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
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  written bigint;
BEGIN
  WITH message AS (
    INSERT INTO outbox (topic, event_id, area_id, payload)
    SELECT $1, $2, $3, $4 WHERE actor() IS NOT NULL
    RETURNING id
  ), told AS (
    INSERT INTO notice (account_id, outbox_id)
    SELECT DISTINCT a.id, message.id FROM message, account AS a
    WHERE a.id = ANY($5) AND a.disabled_at IS NULL
  )
  SELECT message.id INTO written FROM message;
  RETURN written; END
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
UNREAD = """
CREATE FUNCTION wangge.unread_notices() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT count(*) FROM notice WHERE account_id = account_id() AND read_at IS NULL
$$
"""
# Who is concerned by an event, by the names its workflow has for them: accounts, without `but`. Of an area's posts
# those nearest to it; whoever handled it is not asked to inspect it. The reporter looks it up by the tracking code.
PARTIES = """
CREATE FUNCTION wangge.event_parties(event uuid, parties text[], but int) RETURNS int[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN (
  WITH e AS MATERIALIZED (
    SELECT x.*, level.path AS level_path, CASE WHEN num_nonnulls(x.handler_id, x.department_id) > 0 THEN 'handler'
      WHEN x.status IN ('dispatched', 'handling') THEN 'holder' WHEN x.status = 'filed' THEN 'dispatcher'
      WHEN x.status IN ('verifying', 'inspecting') THEN 'inspector' ELSE 'desk' END AS whoever
    FROM event AS x JOIN area AS level ON level.id = x.level_area_id WHERE x.id = $1
  ), asked AS (
    SELECT DISTINCT CASE
      WHEN p.name IN ('department', 'handler') AND e.department_id IS NULL AND e.handler_id IS NULL THEN 'holder'
      WHEN p.name = 'department' AND e.department_id IS NULL THEN 'handler'
      WHEN p.name = 'handler' AND e.handler_id IS NULL THEN 'department'
      ELSE p.name END AS party
    FROM e, unnest(array_replace($2, 'whoever', e.whoever)) AS p (name)
  ), wanted (permission, path, inspects) AS (
    SELECT CASE a.party
        WHEN 'desk' THEN 'events.accept' WHEN 'dispatcher' THEN 'events.dispatch' WHEN 'approver' THEN 'events.approve'
        WHEN 'lead' THEN 'events.supervise' WHEN 'inspector' THEN 'events.inspect' ELSE 'events.handle' END,
      CASE a.party WHEN 'inspector' THEN e.scope_path ELSE e.level_path END, a.party = 'inspector'
    FROM asked AS a, e
    WHERE a.party IN ('desk', 'dispatcher', 'approver', 'lead', 'inspector', 'holder')
  ), unit AS (
    SELECT d.id, d.path FROM e JOIN department AS d
      ON d.id = e.department_id AND (SELECT bool_or(party = 'department') FROM asked)
      OR d.id = ANY(e.co_departments) AND (SELECT bool_or(party = 'co_departments') FROM asked)
      OR d.id IN (
        SELECT r.id::int FROM (
          SELECT l.details #> '{set,co_departments}' AS ids FROM event_log AS l
          WHERE l.event_id = e.id AND l.action = 'co_release' ORDER BY l.seq DESC LIMIT 1
        ) AS l, jsonb_array_elements_text(l.ids) AS r (id)
      ) AND (SELECT bool_or(party = 'released') FROM asked)
  ), held AS (
    SELECT g.account_id, g.area_id, g.department_id, rp.permission
    FROM role_grant AS g
    JOIN role_permission AS rp ON rp.role = g.role
    JOIN account AS o ON o.id = g.account_id AND o.disabled_at IS NULL
    CROSS JOIN e
    WHERE g.ended_at IS NULL AND (g.categories IS NULL OR e.category_id = ANY(g.categories))
      AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
      AND (g.area_id = ANY(e.scope_path || e.level_path) OR g.department_id IN (SELECT unnest(path) FROM unit))
  ), ranked AS (
    SELECT h.account_id, rank() OVER (PARTITION BY w.permission ORDER BY array_position(w.path, h.area_id) DESC) AS near
    FROM wanted AS w JOIN held AS h ON h.permission = w.permission AND h.area_id = ANY(w.path)
    WHERE NOT (w.inspects AND EXISTS (
      SELECT FROM e LEFT JOIN event_log AS l ON l.event_id = e.id AND l.round = e.round
        AND l.account_id = h.account_id AND l.action IN ('feedback', 'self_handle')
      WHERE h.account_id = e.handler_id OR l.id IS NOT NULL))
    UNION ALL
    SELECT h.account_id, rank() OVER (PARTITION BY u.id ORDER BY array_position(u.path, h.department_id) DESC)
    FROM unit AS u JOIN held AS h ON h.permission = 'events.handle' AND h.department_id = ANY(u.path)
  )
  SELECT coalesce(array_agg(DISTINCT f.account_id ORDER BY f.account_id), '{}')
  FROM (
    SELECT account_id FROM ranked WHERE near = 1
    UNION ALL SELECT e.handler_id FROM e WHERE e.handler_id IS NOT NULL AND 'handler' IN (SELECT party FROM asked)
  ) AS f
  WHERE f.account_id IS DISTINCT FROM $3
  );
END $$
"""
# A matter that was reported leaves a message with the statement that takes it in; one that comes from long ago does not.
# Whoever stands at its desk is found when the message is spread: a report does not wait for that.
OPENED = """
CREATE FUNCTION wangge.tell_opened() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
BEGIN
  INSERT INTO outbox (topic, event_id, area_id, payload)
  SELECT 'event.reported', o.id, o.scope_area_id,
    jsonb_build_object('number', o.number, 'command', 'report', 'status', 'reported', 'round', 1, 'version', 1)
  FROM opened AS o WHERE o.status = 'reported' AND o.opened_at > workflow_now() - interval '1 hour'
  ORDER BY o.id;
  RETURN NULL;
END $$
"""
OPENED_TRIGGER = """
CREATE TRIGGER tell_opened AFTER INSERT ON wangge.event REFERENCING NEW TABLE AS opened FOR EACH STATEMENT
EXECUTE FUNCTION wangge.tell_opened()
"""
DESKS = """
CREATE FUNCTION wangge.tell_desks(messages bigint[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  INSERT INTO notice (account_id, outbox_id)
  SELECT found.account_id, o.id
  FROM outbox AS o CROSS JOIN LATERAL unnest(event_parties(o.event_id, '{desk}', NULL)) AS found (account_id)
  WHERE o.id = ANY($1) AND o.topic = 'event.reported'
  ON CONFLICT (account_id, outbox_id) DO NOTHING
$$
"""
# What became of the latest messages of a subscriber, for whoever sets the rules of its area: not which
# event it was, for who sets rules need not see that.
SENT = """
CREATE FUNCTION wangge.subscriber_deliveries(subscriber int, count int) RETURNS TABLE (
  id uuid, message bigint, topic text, at timestamptz, attempts int, next_at timestamptz,
  done_at timestamptz, dead_at timestamptz, last_error text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT d.id, o.id, o.topic, o.at, d.attempts, d.next_at, d.done_at, d.dead_at, d.last_error
  FROM subscriber AS s JOIN area AS a ON a.id = s.area_id
  JOIN delivery AS d ON d.subscriber_id = s.id JOIN outbox AS o ON o.id = d.outbox_id
  WHERE s.id = $1 AND a.path && scope_areas('rules.edit')
  ORDER BY d.outbox_id DESC LIMIT least($2, 200)
$$
"""
# What was given up, or waits long, is due again: as if it had never been tried.
AGAIN = """
CREATE FUNCTION wangge.send_again(subscriber int, delivery uuid) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
DECLARE
  made int;
BEGIN
  IF NOT EXISTS (
    SELECT FROM subscriber AS s JOIN area AS a ON a.id = s.area_id
    WHERE s.id = $1 AND a.path && scope_areas('rules.edit')
  ) THEN
    RETURN NULL;
  END IF;
  UPDATE delivery AS d SET attempts = 0, next_at = clock_timestamp(), dead_at = NULL
  WHERE d.subscriber_id = $1 AND d.done_at IS NULL AND ($2 IS NULL OR d.id = $2) AND d.attempts > 0;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END $$
"""
CALLED = (
    "subscriber_deliveries(int, int)", "send_again(int, uuid)", "put_outbox(text, uuid, int, jsonb, int[])", "my_notices(bigint, boolean, int)", "unread_notices()",
    "event_parties(uuid, text[], int)",
)  # fmt: skip
INNER = ("tell_desks(bigint[])", "tell_opened()")
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
    for statement in (PUT, MINE, UNREAD, PARTIES, OPENED, OPENED_TRIGGER, DESKS, SENT, AGAIN):
        op.execute(statement)
    for function in INNER:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    for function in CALLED:
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
    op.execute("DROP TRIGGER tell_opened ON wangge.event")
    for function in (*INNER, *CALLED):
        op.execute(f"DROP FUNCTION wangge.{function}")
    for table in ("notice", "delivery", "subscriber", "outbox"):
        op.drop_table(table, schema="wangge")
