"""The audit: append-only, one hash chain an object; writes of the web edge without it are refused at commit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006f"
branch_labels = None
depends_on = None

# The pinned bytes of an audit row, as in gis.accounts.audit_chain.
HASH = """
CREATE FUNCTION wangge.audit_hash(
  object_type text, object_id text, seq int, at timestamptz, account_id int, actor text, role text, address text,
  trace_id text, area_id int, action text, result text, details jsonb, prev_hash bytea
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(convert_to(concat_ws(
    chr(31), 'wangge-audit-1', object_type, object_id, seq::text,
    (extract(epoch FROM at) * 1000000)::bigint::text, coalesce(account_id::text, ''), actor, role,
    coalesce(address, ''), coalesce(trace_id, ''), coalesce(area_id::text, ''), action, result, details::text,
    coalesce(encode(prev_hash, 'hex'), '')
  ), 'UTF8'))
$$
"""
# What the caller says of who and when is overwritten; nobody signs for somebody else. It runs as the owner, for
# the web edge does not see the row before; each query in it sees what was committed while it waited for the lock.
FILL = """
CREATE FUNCTION wangge.audit_fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
DECLARE
  last record;
  done text;
BEGIN
  NEW.actor := nullif(current_setting('wangge.actor', true), '');
  IF NEW.actor IS NULL THEN
    RAISE EXCEPTION 'no_actor: nobody acts in this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.account_id := nullif(current_setting('wangge.account', true), '')::int;
  NEW.role := coalesce(current_setting('wangge.roles', true), '');
  NEW.address := nullif(current_setting('wangge.address', true), '');
  NEW.trace_id := left(nullif(current_setting('wangge.trace', true), ''), 32);
  -- (Set to a variable, not performed: that would be a query each.)
  done := pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), 'audit', NEW.object_type, NEW.object_id), 0));
  SELECT a.seq, a.hash INTO last FROM audit AS a
  WHERE a.object_type = NEW.object_type AND a.object_id = NEW.object_id ORDER BY a.seq DESC LIMIT 1;
  IF NOT FOUND THEN
    SELECT m.seq, m.hash INTO last FROM audit_mark AS m
    WHERE m.object_type = NEW.object_type AND m.object_id = NEW.object_id;
  END IF;
  NEW.at := clock_timestamp();
  NEW.seq := coalesce(last.seq, 0) + 1;
  NEW.prev_hash := last.hash;
  NEW.hash := audit_hash(
    NEW.object_type, NEW.object_id, NEW.seq, NEW.at, NEW.account_id, NEW.actor, NEW.role, NEW.address,
    NEW.trace_id, NEW.area_id, NEW.action, NEW.result, NEW.details, NEW.prev_hash
  );
  done := set_config('wangge.audited', 'on', true);
  RETURN NEW;
END $$
"""
FILL_TRIGGER = """
CREATE TRIGGER audit_fill BEFORE INSERT ON wangge.audit FOR EACH ROW EXECUTE FUNCTION wangge.audit_fill()
"""
# Rows past their retention are the only ones that ever go, in a transaction that says so.
KEEP = """
CREATE FUNCTION wangge.audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('wangge.audit_purge', true) = 'on' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
KEEP_TRIGGER = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wangge.audit
FOR EACH STATEMENT EXECUTE FUNCTION wangge.audit_keep()
"""
# A net under forgotten audits: whoever does not own the table commits no write without an audit row. The role of
# the session counts, not the one a function of the owner runs as.
REQUIRE = """
CREATE FUNCTION wangge.require_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  acting text := current_setting('role');
BEGIN
  IF current_setting('wangge.audited', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF acting = 'none' THEN
    acting := session_user;
  END IF;
  IF NOT pg_has_role(acting, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
    RAISE EXCEPTION 'unaudited_write: % of % without an audit row', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""
# Tables whose writes of the web edge are audited. When a session or a token was last seen, or which one-time code,
# is no act.
AUDITED = {
    "event": "UPDATE",
    "report": "UPDATE",
    "event_log": "UPDATE",
    "report_contact": "UPDATE",
    "report_photo": "UPDATE",
    "attachment": "UPDATE",
    "account": "UPDATE OF username, display_name, home_area_id, password_hash, password_changed_at, must_change,"
    " totp_secret, issuer, subject, is_demo, version, disabled_at",
    "role_grant": "UPDATE",
    "login_session": "UPDATE OF token_hash, account_id, created_at, expires_at, ended_at, address, agent",
    "access_token": "UPDATE OF token_hash, account_id, name, permissions, expires_at, revoked_at",
}
# A superuser is never the web edge: bulk loads on the private cluster do not even queue the trigger.
REQUIRE_TRIGGER = """
CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR {update} ON wangge.{table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()
"""
# The only way to a reporter's name and number: within the scope of contacts.reveal, with a reason, on record.
# Whoever may not is told the same whether the report exists or not; the service tells more to those who see it.
REVEAL = """
CREATE FUNCTION wangge.reveal_contact(report_id uuid, reason text) RETURNS TABLE (name text, phone text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  area int;
BEGIN
  IF length(btrim(reason)) >= 4 IS NOT TRUE THEN
    RAISE EXCEPTION 'reason_missing: say why the contact is needed' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT e.scope_area_id INTO area FROM report AS r JOIN event AS e ON e.id = r.event_id
  WHERE r.id = $1 AND covers_event('contacts.reveal', e.scope_area_id, e.department_id, e.category_id)
    AND (NOT (r.confidential OR e.confidential) OR covers('events.confidential', e.scope_area_id));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'reveal_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY SELECT c.name, c.phone FROM report_contact AS c WHERE c.report_id = $1;
  IF FOUND THEN
    INSERT INTO audit (area_id, action, object_type, object_id, details)
    VALUES (area, 'contact.reveal', 'report', $1::text, jsonb_build_object('reason', btrim(reason)));
  END IF;
END $$
"""


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
        sa.CheckConstraint("result = ANY ('{ok,refused,failed}'::text[])", name=op.f("ck_audit_result")),
        sa.CheckConstraint("(seq = 1) = (prev_hash IS NULL)", name=op.f("ck_audit_chain")),
        sa.CheckConstraint(
            "position(chr(31) IN concat(actor, role, address, trace_id, action, object_type, object_id)) = 0",
            name=op.f("ck_audit_separator"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_audit_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint(
            "object_type", "object_id", "seq", name=op.f("uq_audit_object_type_object_id_seq")
        ),
        schema="wangge",
    )
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"], unique=False, schema="wangge")
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
    for statement in (HASH, FILL, FILL_TRIGGER, KEEP, KEEP_TRIGGER, REQUIRE, REVEAL):
        op.execute(statement)
    for table, update in AUDITED.items():
        op.execute(REQUIRE_TRIGGER.format(table=table, update=update))


def downgrade() -> None:
    op.execute("DROP FUNCTION wangge.reveal_contact")
    for table in AUDITED:
        op.execute(f"DROP TRIGGER unaudited_write ON wangge.{table}")
    op.drop_table("audit_mark", schema="wangge")
    op.drop_table("audit", schema="wangge")
    for function in ("require_audit()", "audit_keep()", "audit_fill()", "audit_hash"):
        op.execute(f"DROP FUNCTION wangge.{function}")
