"""What no role may do to a whistle, the owner included; and which rows the web edge sees."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018g"
down_revision = "0018f"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
MAINTAINS = "(SELECT wangge.maintains())"
ILLEGAL = "USING ERRCODE = 'integrity_constraint_violation'"

WHISTLE_GUARD = f"""
CREATE FUNCTION wangge.whistle_guard() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  same whistle := NEW;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'blown' OR NEW.version <> 1 THEN
      RAISE EXCEPTION 'illegal_whistle: it begins as blown' {ILLEGAL};
    END IF;
    RETURN NEW;
  END IF;
  same.status := OLD.status;
  same.version := OLD.version;
  same.decided_at := OLD.decided_at;
  same.decided_by := OLD.decided_by;
  same.decision := OLD.decision;
  same.closed_at := OLD.closed_at;
  IF same IS DISTINCT FROM OLD OR NEW.version <> OLD.version + 1 OR NOT EXISTS (SELECT FROM whistle_edge AS x
    WHERE x.subject = 'whistle' AND x.from_status = OLD.status AND x.to_status = NEW.status) THEN
    RAISE EXCEPTION 'illegal_whistle: % to %', OLD.status, NEW.status {ILLEGAL};
  END IF;
  IF NEW.status = 'closed' AND (NEW.decided_at, NEW.decided_by) IS DISTINCT FROM (OLD.decided_at, OLD.decided_by)
    OR NEW.status = 'closed' AND EXISTS (SELECT FROM whistle_answer AS a
      WHERE a.whistle_id = NEW.id AND a.status NOT IN ('rated', 'unrated', 'released')) THEN
    RAISE EXCEPTION 'illegal_whistle: it is not done' {ILLEGAL};
  END IF;
  IF NEW.decided_by = NEW.blown_by THEN
    RAISE EXCEPTION 'illegal_whistle: approved by its blower' {ILLEGAL};
  END IF;
  RETURN NEW;
END $$
"""
ANSWER_GUARD = f"""
CREATE FUNCTION wangge.whistle_answer_guard() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  whole text := (SELECT w.status FROM whistle AS w WHERE w.id = NEW.whistle_id);
  same whistle_answer := NEW;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'named' OR NEW.version <> 1 OR whole <> 'blown' THEN
      RAISE EXCEPTION 'illegal_whistle: a department is named when the whistle is blown' {ILLEGAL};
    END IF;
    RETURN NEW;
  END IF;
  same.version := OLD.version;
  IF NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'illegal_whistle: version % after %', NEW.version, OLD.version {ILLEGAL};
  ELSIF NEW.status = OLD.status THEN  -- an appeal touches the version alone
    IF same IS DISTINCT FROM OLD THEN
      RAISE EXCEPTION 'illegal_whistle: nothing changes without a step' {ILLEGAL};
    END IF;
    RETURN NEW;
  ELSIF (NEW.whistle_id, NEW.department_id) <> (OLD.whistle_id, OLD.department_id)
    OR NOT EXISTS (SELECT FROM whistle_edge AS x
      WHERE x.subject = 'answer' AND x.from_status = OLD.status AND x.to_status = NEW.status)
    OR NOT (whole = ANY (CASE NEW.status WHEN 'void' THEN ARRAY['denied', 'withdrawn'] ELSE ARRAY['approved'] END))
  THEN
    RAISE EXCEPTION 'illegal_whistle: % to % while %', OLD.status, NEW.status, whole {ILLEGAL};
  END IF;
  IF OLD.status <> 'named' AND
      (NEW.called_at, NEW.accept_due, NEW.arrive_due, NEW.plan_due, NEW.result_due) IS DISTINCT FROM
      (OLD.called_at, OLD.accept_due, OLD.arrive_due, OLD.plan_due, OLD.result_due)
    OR NEW.status <> 'accepted' AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at
    OR NOT (OLD.status = 'accepted' AND NEW.status = 'arrived') AND
      (NEW.arrived_at, NEW.arrival_distance_m, NEW.arrival_accuracy_m, NEW.witnessed) IS DISTINCT FROM
      (OLD.arrived_at, OLD.arrival_distance_m, OLD.arrival_accuracy_m, OLD.witnessed)
    OR NEW.status IN ('rated', 'unrated') AND
      (NEW.resolved_at, NEW.outcome, NEW.report) IS DISTINCT FROM (OLD.resolved_at, OLD.outcome, OLD.report)
  THEN
    RAISE EXCEPTION 'illegal_whistle: what was, stays' {ILLEGAL};
  END IF;
  RETURN NEW;
END $$
"""
APPEAL_GUARD = f"""
CREATE FUNCTION wangge.whistle_appeal_guard() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'asked' OR NOT EXISTS (SELECT FROM whistle_answer AS a WHERE a.whistle_id = NEW.whistle_id
      AND a.department_id = NEW.department_id AND a.status = 'rated') THEN
      RAISE EXCEPTION 'illegal_whistle: a rating is appealed against' {ILLEGAL};
    END IF;
  ELSIF (NEW.whistle_id, NEW.department_id, NEW.reason, NEW.asked_at, NEW.asked_by)
      <> (OLD.whistle_id, OLD.department_id, OLD.reason, OLD.asked_at, OLD.asked_by)
    OR NOT EXISTS (SELECT FROM whistle_edge AS x
      WHERE x.subject = 'appeal' AND x.from_status = OLD.status AND x.to_status = NEW.status) THEN
    RAISE EXCEPTION 'illegal_whistle: appeal % to %', OLD.status, NEW.status {ILLEGAL};
  END IF;
  RETURN NEW;
END $$
"""
# No change of a status without its row in the history, whoever makes it.
WRITTEN = f"""
CREATE FUNCTION wangge.whistle_written() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  kind text := CASE TG_TABLE_NAME WHEN 'whistle_answer' THEN 'answer' WHEN 'whistle_appeal' THEN 'appeal'
    ELSE 'whistle' END;
  is_ jsonb := to_jsonb(NEW);
  was text := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ->> 'status' WHEN kind = 'appeal' THEN 'none' END;
  told_ jsonb := told('whistle_said')::jsonb;
  of_ uuid := coalesce(is_ ->> 'whistle_id', is_ ->> 'id')::uuid;
  did text;
BEGIN
  IF was = is_ ->> 'status' THEN
    RETURN NULL;
  END IF;
  PERFORM FROM whistle AS w WHERE w.id = of_ FOR NO KEY UPDATE;
  did := coalesce((SELECT x.command FROM whistle_edge AS x
    WHERE x.subject = kind AND x.from_status = was AND x.to_status = is_ ->> 'status'
    ORDER BY x.command = told_ ->> 'command' DESC, x.position LIMIT 1), 'blow');
  INSERT INTO whistle_log (whistle_id, seq, department_id, subject, command, from_status, to_status, account_id,
    actor, said)
  VALUES (of_, 1 + (SELECT count(*) FROM whistle_log AS l WHERE l.whistle_id = of_), (is_ ->> 'department_id')::int,
    kind, did, was, is_ ->> 'status', account_id(), coalesce(actor(), 'system'),
    CASE WHEN told_ ->> 'command' = did AND told_ ->> 'subject' = kind THEN told_ -> 'said' ELSE '{{}}' END);
  RETURN NULL;
END $$
"""
KEEP = f"""
CREATE FUNCTION wangge.whistle_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'whistles are kept as they were' {ILLEGAL};
END $$
"""
# How an area whistles, by whoever edits rules there; the row without an area by whoever does everywhere. Stages that
# are not given are taken from the row above. A refusal is told as {"refused": code}.
PUT_RULE = f"""
CREATE FUNCTION wangge.put_whistle_rule(area text, given jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE {OWNER} AS $$
DECLARE
  place int := (SELECT a.id FROM area AS a WHERE a.code = $1 AND a.valid_to IS NULL);
  above int;
  made int;
BEGIN
  IF $1 IS NOT NULL AND place IS NULL THEN
    RETURN '{{"refused": "unknown_area"}}';
  ELSIF NOT rules_held(place) THEN
    RETURN '{{"refused": "outside_scope"}}';
  END IF;
  SELECT r.id INTO above FROM whistle_rule AS r LEFT JOIN area AS a ON a.id = place
  WHERE r.area_id IS NULL OR r.area_id = ANY(a.path)
  ORDER BY coalesce(array_position(a.path, r.area_id), 0) DESC LIMIT 1;
  INSERT INTO whistle_rule (area_id, blower_level, max_distance_m, worst_accuracy_m, most_returns)
  VALUES (place, given ->> 'blower_level', (given ->> 'max_distance_m')::float8,
    (given ->> 'worst_accuracy_m')::float8, (given ->> 'most_returns')::int)
  ON CONFLICT (area_id) DO UPDATE SET blower_level = excluded.blower_level, max_distance_m = excluded.max_distance_m,
    worst_accuracy_m = excluded.worst_accuracy_m, most_returns = excluded.most_returns
  RETURNING id INTO made;
  INSERT INTO whistle_limit (rule_id, stage, kind, value)
  SELECT made, l.stage, coalesce(n.told ->> 'kind', l.kind), coalesce((n.told ->> 'value')::float8, l.value)
  FROM whistle_limit AS l LEFT JOIN jsonb_each(given -> 'limits') AS n (stage, told) ON n.stage = l.stage
  WHERE l.rule_id = above
  ON CONFLICT (rule_id, stage) DO UPDATE SET kind = excluded.kind, value = excluded.value;
  RETURN jsonb_build_object('id', made, 'area', place);
END $$
"""
RULES_HELD = """
CREATE FUNCTION wangge.rules_held(area int) RETURNS boolean LANGUAGE sql STABLE SET search_path = wangge, pg_temp AS $$
  SELECT CASE WHEN $1 IS NULL THEN NOT EXISTS (
    SELECT FROM area AS a WHERE a.parent_id IS NULL AND a.valid_to IS NULL AND NOT covers('rules.edit', a.id))
    ELSE covers('rules.edit', $1) END
$$
"""
# What a result announced, for the department alone: null where it announced nothing of this name, empty while it has
# not come. Where a photo was taken is not kept: the arrival is confirmed once, and elsewhere.
PHOTO_TOLD = f"""
CREATE FUNCTION wangge.whistle_photo_told(whistle uuid, announced text) RETURNS jsonb
LANGUAGE sql STABLE {OWNER} AS $$
  SELECT CASE WHEN a.sha256 IS NULL THEN '{{}}'::jsonb ELSE jsonb_build_object('sha256', a.sha256,
    'media_type', a.media_type, 'size', a.bytes, 'width', a.width, 'height', a.height) END
  FROM whistle_photo AS p LEFT JOIN attachment AS a ON a.sha256 = p.attachment_sha256
  WHERE p.whistle_id = $1 AND p.sha256 = $2 AND whistle_handles(p.department_id)
$$
"""
PHOTO_STORED = f"""
CREATE FUNCTION wangge.whistle_photo_stored(whistle uuid, announced text, given jsonb) RETURNS int
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
DECLARE
  place int;
BEGIN
  SELECT w.blower_area_id INTO place FROM whistle_photo AS p JOIN whistle AS w ON w.id = p.whistle_id
  WHERE p.whistle_id = $1 AND p.sha256 = $2 AND p.attachment_sha256 IS NULL AND whistle_handles(p.department_id)
  FOR NO KEY UPDATE OF p;
  IF FOUND THEN
    INSERT INTO attachment (sha256, media_type, bytes, width, height)
    VALUES (given ->> 'sha256', given ->> 'media_type', (given ->> 'size')::int, (given ->> 'width')::int,
      (given ->> 'height')::int)
    ON CONFLICT DO NOTHING;
    UPDATE whistle_photo AS p SET attachment_sha256 = given ->> 'sha256' WHERE p.whistle_id = $1 AND p.sha256 = $2;
  END IF;
  RETURN place;
END $$
"""
CALLED = {
    "whistle_photo_told(uuid, text)": PHOTO_TOLD,
    "whistle_photo_stored(uuid, text, jsonb)": PHOTO_STORED,
    "rules_held(int)": RULES_HELD,
    "put_whistle_rule(text, jsonb)": PUT_RULE,
}
FUNCTIONS = {
    "whistle_guard": WHISTLE_GUARD, "whistle_answer_guard": ANSWER_GUARD, "whistle_appeal_guard": APPEAL_GUARD,
    "whistle_written": WRITTEN, "whistle_keep": KEEP,
}  # fmt: skip
GUARDED = ("whistle", "whistle_answer", "whistle_appeal")
RULES = ("whistle_edge", "whistle_rule", "whistle_limit")
# As `sees_whistle`, but asked once a query and not once a row.
SEEN = """
  blower_area_id IN (SELECT a.id FROM wangge.area AS a WHERE a.path && (SELECT wangge.scope_areas('events.read')))
  OR approver_area_id IN (
    SELECT a.id FROM wangge.area AS a WHERE a.path && (SELECT wangge.scope_areas('whistle.approve')))
  OR blown_by = (SELECT wangge.account_id()) OR id IN (SELECT wangge.whistles_called())
"""
OF_WHISTLE = "EXISTS (SELECT FROM wangge.whistle AS w WHERE w.id = whistle_id)"
POLICIES = {
    "whistle": SEEN,
    "whistle_answer": OF_WHISTLE,
    "whistle_appeal": OF_WHISTLE,
    "whistle_log": OF_WHISTLE,
    "whistle_photo": OF_WHISTLE,
}


def _whistle_photo() -> None:
    op.create_table(
        "whistle_photo",
        sa.Column("whistle_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("attachment_sha256", sa.String(length=64), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"wangge.{table}.{key}"], name=op.f(f"fk_whistle_photo_{column}_{table}")
            )
            for column, table, key in (
                ("attachment_sha256", "attachment", "sha256"),
                ("department_id", "department", "id"),
                ("whistle_id", "whistle", "id"),
            )
        ),
        sa.PrimaryKeyConstraint("whistle_id", "sha256", name=op.f("pk_whistle_photo")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_whistle_photo_attachment_sha256"), "whistle_photo", ["attachment_sha256"], schema="wangge"
    )


def _triggers(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_guard BEFORE INSERT OR UPDATE ON wangge.{table}"
        f" FOR EACH ROW EXECUTE FUNCTION wangge.{table}_guard()"
    )
    logged = "UPDATE OF status" if table == "whistle_answer" else "INSERT OR UPDATE OF status"
    op.execute(
        f"CREATE TRIGGER {table}_written AFTER {logged} ON wangge.{table}"
        " FOR EACH ROW EXECUTE FUNCTION wangge.whistle_written()"
    )
    _audited(table)


def _audited(table: str) -> None:
    op.execute(
        f"CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
    )


def upgrade() -> None:
    _whistle_photo()
    op.create_index(
        "ix_whistle_open",
        "whistle",
        ["id"],
        schema="wangge",
        postgresql_where=sa.text("status IN ('blown', 'approved')"),
    )
    for name, statement in FUNCTIONS.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{name}() FROM PUBLIC")
    for signature, statement in CALLED.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")
    for table in (*RULES[1:], "whistle_photo"):
        _audited(table)
    for table in GUARDED:
        _triggers(table)
    for table in (*GUARDED, "whistle_log"):
        verbs = "DELETE OR TRUNCATE" if table in GUARDED else "UPDATE OR DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE {verbs} ON wangge.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION wangge.whistle_keep()"
        )
    for table in (*GUARDED, "whistle_log", "whistle_photo", "whistle_command"):
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
        )
    for table in (*RULES, *POLICIES):
        op.execute(f"GRANT SELECT ON wangge.{table} TO {API}")
    for table, condition in POLICIES.items():
        op.execute(f"CREATE POLICY {table}_read ON wangge.{table} FOR SELECT TO {API} USING ({condition})")


def downgrade() -> None:
    for table in POLICIES:
        op.execute(f"DROP POLICY {table}_read ON wangge.{table}")
    for table in (*GUARDED, "whistle_log"):
        op.execute(f"DROP TRIGGER {table}_kept ON wangge.{table}")
    for table in GUARDED:
        for name in (f"{table}_guard", f"{table}_written", "unaudited_write"):
            op.execute(f"DROP TRIGGER {name} ON wangge.{table}")
    for table in RULES[1:]:
        op.execute(f"DROP TRIGGER unaudited_write ON wangge.{table}")
    for signature in reversed(CALLED):
        op.execute(f"DROP FUNCTION wangge.{signature}")
    op.drop_table("whistle_photo", schema="wangge")
    op.drop_index("ix_whistle_open", table_name="whistle", schema="wangge")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{name}()")
