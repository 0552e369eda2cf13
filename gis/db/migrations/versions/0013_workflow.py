"""Who reads and writes what of the workflow; commands and their photos; events one handles or helps with."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012y"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
TRACKED = (
    "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id"
    " AND e.tracking_code = (SELECT wangge.in_hand('tracking_code')))"
)
OWN = f"account_id = (SELECT wangge.account_id()) OR (account_id IS NULL AND {TRACKED})"
SENDER = "account_id IS NOT DISTINCT FROM (SELECT wangge.account_id())"
OF_COMMAND = "EXISTS (SELECT FROM wangge.event_command AS c WHERE c.id = command_id)"
OF_EVENT = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
PHOTO_IN_HAND = "sha256 = (SELECT wangge.in_hand('photo'))"
# As in revision 0008, and besides: whoever handles it, and the departments that help.
SEES_EVENT = """
  CASE
    WHEN scope_path && (SELECT wangge.scope_areas('events.read')) THEN true
    WHEN reporter_id = (SELECT wangge.account_id()) THEN true
    WHEN handler_id = (SELECT wangge.account_id()) THEN true
    WHEN tracking_code = (SELECT wangge.in_hand('tracking_code')) THEN true
    WHEN department_id IN (
      SELECT d.id FROM wangge.department AS d WHERE d.path && (SELECT wangge.scope_departments('events.read'))
    ) THEN true
    WHEN id = ANY((SELECT wangge.events_helped('events.read'))::uuid[]) THEN true
    WHEN category_id IN (SELECT l.category_id FROM wangge.scope_limited('events.read') AS l)
      THEN wangge.covers_limited('events.read', scope_path, category_id)
    ELSE false
  END
"""
# The events in which a department of the caller's helps: few, and found by their index before any policy is asked.
HELPED = """
CREATE FUNCTION wangge.events_helped(permission text) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT CASE WHEN told('departments.' || permission) IS NULL THEN '{}' ELSE ARRAY(
    SELECT e.id FROM event AS e WHERE e.co_departments <> '{}' AND e.co_departments && ARRAY(
      SELECT d.id FROM department AS d WHERE d.path && scope_departments(permission))
  ) END
$$
"""
# A city's own template: a new version ends the one before, which the events that follow it keep.
CREATE = """
CREATE FUNCTION wangge.create_workflow(template jsonb) RETURNS TABLE (version int, area_id int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  place int;
  made int;
  before record;
BEGIN
  SELECT a.id INTO place FROM area AS a WHERE a.code = template ->> 'area' AND a.valid_to IS NULL;
  IF place IS NULL THEN
    RAISE EXCEPTION 'unknown_area' USING ERRCODE = 'WG409';
  END IF;
  IF NOT covers('rules.edit', place) THEN
    RAISE EXCEPTION 'outside_scope' USING ERRCODE = 'WG409';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('workflow ' || (template ->> 'code'), 0));
  SELECT max(w.version) AS version, bool_and(w.area_id IS NOT DISTINCT FROM place) AS same INTO before
  FROM workflow AS w WHERE w.code = template ->> 'code';
  IF NOT before.same THEN
    RAISE EXCEPTION 'workflow_code_taken' USING ERRCODE = 'WG409';
  END IF;
  UPDATE workflow AS w SET ended_at = now() WHERE w.code = template ->> 'code' AND w.ended_at IS NULL;
  INSERT INTO workflow (code, version, area_id, name_zh, name_en, schemes, sources, priority, created_by)
  SELECT t.code, coalesce(before.version, 0) + 1, place, t.name_zh, t.name_en, t.schemes, t.sources, t.priority,
    account_id()
  FROM jsonb_to_record(template) AS t (
    code text, name_zh text, name_en text, schemes text[], sources text[], priority int)
  RETURNING id INTO made;
  INSERT INTO workflow_state (
    workflow_id, status, label_zh, label_en, position, stage, limit_value, limit_kind, timeout_command)
  SELECT made, t.status, t.label_zh, t.label_en, x.n - 1, t.stage, t.limit_value, t.limit_kind, t.timeout
  FROM jsonb_array_elements(template -> 'states') WITH ORDINALITY AS x (value, n),
    jsonb_to_record(x.value) AS t (
      status text, label_zh text, label_en text, stage text, limit_value float8, limit_kind text, timeout text);
  INSERT INTO workflow_edge (
    workflow_id, command, from_status, to_status, position, permission, party, at_level, not_by, needs, requires,
    max_distance_m, clock, notifies, by_system, label_zh, label_en)
  SELECT made, t.command, t."from", t."to", x.n - 1, t.permission, t.party, t.at_level, t.not_by, t.needs, t.requires,
    t.max_distance_m, t.clock, t.notifies, t.by_system, t.label_zh, t.label_en
  FROM jsonb_array_elements(template -> 'edges') WITH ORDINALITY AS x (value, n),
    jsonb_to_record(x.value) AS t (
      command text, "from" text, "to" text, permission text, party text, at_level boolean, not_by text[],
      needs text[], requires text[], max_distance_m float8, clock text[], notifies text[], by_system boolean,
      label_zh text, label_en text);
  RETURN QUERY SELECT coalesce(before.version, 0) + 1, place;
END $$
"""
# Whom an event may be assigned to, told to whoever may assign it now: the nearest to where it stands first.
OFFERED = """
CREATE FUNCTION wangge.handlers_offered(event uuid, most int)
RETURNS TABLE (handler text, name text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  WITH asked AS (
    SELECT x AS e FROM event AS x WHERE x.id = $1 AND EXISTS (
      SELECT FROM workflow_edge AS s WHERE s.workflow_id = x.workflow_id AND s.from_status = x.status
        AND s.command = 'assign' AND step_refusal(x, s) IS NULL)
  ), held AS (
    SELECT DISTINCT ON (g.account_id) g.account_id, coalesce(d.name, here.name) AS place,
      abs(cardinality(coalesce(d.path, here.path)) - coalesce(
        (SELECT cardinality(own.path) FROM department AS own WHERE own.id = (q.e).department_id),
        (SELECT cardinality(own.path) FROM area AS own WHERE own.id = (q.e).level_area_id))) AS steps
    FROM asked AS q CROSS JOIN LATERAL handlers_of(q.e) AS g
    LEFT JOIN area AS here ON here.id = g.area_id
    LEFT JOIN department AS d ON d.id = g.department_id
    ORDER BY g.account_id, steps, place
  )
  SELECT a.username, a.display_name, h.place FROM held AS h JOIN account AS a ON a.id = h.account_id
  WHERE a.disabled_at IS NULL ORDER BY h.steps, a.display_name, a.username LIMIT $2
$$
"""
# In which post (岗位) whoever took a step held it that day, told to staff who see the event: of several the one that
# allows the step, then the one it was taken in, then the nearest. Who reported stays unnamed, whatever posts they hold.
POSTS = f"""
CREATE FUNCTION wangge.posts_in_log(event uuid)
RETURNS TABLE (seq int, role_zh text, role_en text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  WITH here AS (
    SELECT * FROM event WHERE id = $1 AND (SELECT account_id()) IS NOT NULL AND ({SEES_EVENT})
  )
  SELECT DISTINCT ON (l.seq) l.seq, r.name_zh, r.name_en, coalesce(d.name, a.name)
  FROM here AS e
  JOIN event_log AS l ON l.event_id = e.id AND l.actor <> 'reporter' AND l.actor NOT LIKE 'source:%'
  JOIN role_grant AS g ON g.account_id = l.account_id AND (g.ended_at IS NULL OR g.ended_at > l.at)
    AND (l.at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
  JOIN role AS r ON r.code = g.role
  LEFT JOIN area AS a ON a.id = g.area_id
  LEFT JOIN department AS d ON d.id = g.department_id
  ORDER BY l.seq, EXISTS (
      SELECT FROM workflow_edge AS s JOIN role_permission AS p ON p.permission = s.permission AND p.role = g.role
      WHERE s.workflow_id = e.workflow_id AND s.command = l.action AND s.from_status = l.from_status
    ) DESC,
    coalesce(a.id = ANY(e.scope_path), e.department_id = d.id OR d.id = ANY(e.co_departments), false) DESC,
    cardinality(coalesce(d.path, a.path)) DESC, r.position, g.id
$$
"""
# A photo is read with the report or the command it belongs to; of a confidential event by few.
ATTACHMENT = """
  EXISTS (SELECT FROM wangge.report_photo AS p WHERE p.attachment_sha256 = attachment.sha256 AND (
    p.sha256 = (SELECT wangge.in_hand('photo')) OR EXISTS (SELECT FROM wangge.report AS r
    WHERE r.id = p.report_id AND (NOT r.confidential OR r.reporter_id = (SELECT wangge.account_id())
    OR wangge.covers('events.confidential', r.scope_area_id)))))
  OR EXISTS (SELECT FROM wangge.command_photo AS p WHERE p.attachment_sha256 = attachment.sha256 AND (
    p.sha256 = (SELECT wangge.in_hand('photo')) OR EXISTS (SELECT FROM wangge.event AS e
    WHERE e.id = p.event_id AND (NOT e.confidential OR wangge.covers('events.confidential', e.scope_area_id)))))
"""
# (table, name, verb, USING, WITH CHECK)
POLICIES: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("event_command", "event_command_read", "SELECT", OWN, None),
    ("event_command", "event_command_send", "INSERT", None, SENDER),
    # What may be changed stays one's own: without a check of their own, these repeat what they may see.
    ("event_command", "event_command_decide", "UPDATE", OWN, None),
    ("command_photo", "command_photo_read", "SELECT", OF_EVENT, None),
    ("command_photo", "command_photo_announce", "INSERT", None, OF_COMMAND),
    ("command_photo", "command_photo_store", "UPDATE", f"{PHOTO_IN_HAND} AND {OF_COMMAND}", None),
)  # fmt: skip
FUNCTIONS = (
    "posts_in_log(uuid)",
    "handlers_offered(uuid, int)",
    "events_helped(text)",
    "create_workflow(jsonb)",
)
AUDITED = """
CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()
"""
GRANTS = {
    "workflow": "SELECT",
    "workflow_state": "SELECT",
    "workflow_edge": "SELECT",
    "event_command": "SELECT, INSERT, UPDATE (state, decided_at, seq, answer, refusal)",
    "command_photo": "SELECT, INSERT, UPDATE (attachment_sha256)",
}


def upgrade() -> None:
    for table, verbs in GRANTS.items():
        op.execute(f"GRANT {verbs} ON wangge.{table} TO {API}")
    op.execute(AUDITED.format(table="workflow"))
    for table in ("event_command", "command_photo"):
        op.execute(AUDITED.format(table=table))
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS})"
            f" WITH CHECK ({MAINTAINS})"
        )
    for table, name, verb, using, check in POLICIES:
        parts = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
        op.execute(f"CREATE POLICY {name} ON wangge.{table} FOR {verb} TO {API}{parts}")
    for statement in (HELPED, CREATE, OFFERED, POSTS):
        op.execute(statement)
    for signature in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")
    op.execute(f"ALTER POLICY event_read ON wangge.event USING ({SEES_EVENT})")
    op.execute(f"ALTER POLICY attachment_read ON wangge.attachment USING ({ATTACHMENT})")


def downgrade() -> None:
    # The readings of revision 0008 are made again where that revision makes its policies: here they only let go.
    op.execute("ALTER POLICY attachment_read ON wangge.attachment USING (false)")
    op.execute("ALTER POLICY event_read ON wangge.event USING (false)")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{signature}")
    op.execute("DROP TRIGGER unaudited_write ON wangge.workflow")
    for table, name, *_ in POLICIES:
        op.execute(f"DROP POLICY {name} ON wangge.{table}")
    for table, verbs in GRANTS.items():
        op.execute(f"REVOKE {verbs} ON wangge.{table} FROM {API}")
