"""Who changes dispatch rules and lists, who reads what was decided, and how an alarm is raised.

Rules, the duty list and the admission list are for everybody to read, and are written by functions of the owner that
ask for `rules.edit` in the area they are for. What was decided about an event is for whoever sees the event.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0016t"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
MAINTAINS = "(SELECT wangge.maintains())"

# Rules of a city are changed by who holds the area of its code, those of everywhere by who holds all there is. The
# owner of the tables, in maintenance, needs no scope; it asks from inside functions of its own.
EDITS = """
CREATE FUNCTION wangge.edits_rules(city text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = wangge, pg_temp AS $$
  SELECT (
    coalesce(current_setting('wangge.maintenance', true) = 'on', false) AND pg_has_role(
      CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END,
      current_user, 'MEMBER')
  ) OR CASE WHEN $1 = '' THEN coalesce((
      SELECT bool_and(covers('rules.edit', a.id)) FROM area AS a WHERE a.parent_id IS NULL AND a.valid_to IS NULL
    ), false)
    ELSE EXISTS (
      SELECT FROM area AS a WHERE a.code = $1 AND a.valid_to IS NULL AND covers('rules.edit', a.id)
    ) END
$$
"""
DENIED = "RAISE EXCEPTION 'rules_denied: not in this scope' USING ERRCODE = 'insufficient_privilege'"
# A new set, or a draft changed from the revision given; NULL when there is no such draft any more.
PUT_SET = f"""
CREATE FUNCTION wangge.put_rule_set(given jsonb, from_revision int) RETURNS int LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  made int;
BEGIN
  IF NOT edits_rules(given ->> 'city') THEN
    {DENIED};
  END IF;
  IF from_revision IS NULL THEN
    INSERT INTO dispatch_rule_set (city, version, name_zh, name_en, note)
    VALUES (given ->> 'city', given ->> 'version', given ->> 'name_zh', given ->> 'name_en', given ->> 'note')
    ON CONFLICT DO NOTHING RETURNING id INTO made;
  ELSE
    UPDATE dispatch_rule_set AS s
    SET name_zh = given ->> 'name_zh', name_en = given ->> 'name_en', note = given ->> 'note',
      revision = s.revision + 1, updated_at = now()
    WHERE s.city = given ->> 'city' AND s.version = given ->> 'version' AND s.revision = from_revision
      AND s.state = 'draft' AND s.activated_at IS NULL
    RETURNING id INTO made;
    DELETE FROM dispatch_rule WHERE rule_set_id = made;
  END IF;
  IF made IS NOT NULL THEN
    INSERT INTO dispatch_rule (rule_set_id, code, body)
    SELECT made, one ->> 'code', one FROM jsonb_array_elements(given -> 'rules') AS one;
  END IF;
  RETURN made;
END $$
"""
# Into force, and the one before out of it; false when it is not that revision any more, or in force already.
ACTIVATE = f"""
CREATE FUNCTION wangge.activate_rule_set(rule_set int, from_revision int) RETURNS boolean
LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  s record;
BEGIN
  SELECT * INTO s FROM dispatch_rule_set AS x WHERE x.id = rule_set;
  IF NOT FOUND OR NOT edits_rules(s.city) THEN
    {DENIED};
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('dispatch_rule_set' || chr(31) || s.city, 0));
  SELECT * INTO s FROM dispatch_rule_set AS x WHERE x.id = rule_set FOR UPDATE;
  IF s.revision <> from_revision OR s.state = 'active' THEN
    RETURN false;
  END IF;
  UPDATE dispatch_rule_set AS x SET state = 'retired', retired_at = now(), revision = x.revision + 1
  WHERE x.city = s.city AND x.state = 'active';
  UPDATE dispatch_rule_set AS x
  SET state = 'active', activated_at = now(), retired_at = NULL, revision = x.revision + 1
  WHERE x.id = rule_set;
  RETURN true;
END $$
"""
# A version of a list: it ends what was in force in that city on the day it begins. Given again it is replaced.
PUT_LIST = f"""
CREATE FUNCTION wangge.put_{{table}}s(in_city text, in_version text, begins date, items jsonb) RETURNS int
LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  made int;
BEGIN
  IF NOT edits_rules(in_city) THEN
    {DENIED};
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('{{table}}' || chr(31) || in_city, 0));
  DELETE FROM {{table}} AS x WHERE x.city = in_city AND x.version = in_version;
  UPDATE {{table}} AS x SET valid_to = greatest(begins, x.valid_from)
  WHERE x.city = in_city AND (x.valid_to IS NULL OR x.valid_to > begins);
  INSERT INTO {{table}} (city, version, valid_from, {{columns}})
  SELECT in_city, in_version, begins, {{columns}}
  FROM jsonb_to_recordset(items) AS one ({{types}});
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END $$
"""
LISTS = {
    "duty_item": ("code, name, categories, basis, lead, supporting",
                  "code text, name text, categories text[], basis text, lead text, supporting text[]"),
    "admission_item": ("code, name, categories, basis, area",
                       "code text, name text, categories text[], basis text, area text"),
}  # fmt: skip
# Where an alarm belongs the event says, or the city of the rules; whoever acts may raise one, nobody may hide one.
RAISE = f"""
CREATE FUNCTION wangge.raise_dispatch_alarm(
  of_kind text, rule_set int, of_rule text, in_category text, of_event uuid, said text
) RETURNS int LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  made int;
  place int := coalesce(
    (SELECT e.scope_area_id FROM event AS e WHERE e.id = of_event),
    (SELECT a.id FROM dispatch_rule_set AS s JOIN area AS a ON a.code = s.city AND a.valid_to IS NULL
     WHERE s.id = rule_set)
  );
BEGIN
  IF actor() IS NULL THEN
    RAISE EXCEPTION 'no_actor: nobody acts in this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO dispatch_alarm AS x (kind, rule_set_id, rule, category, area_id, detail, event_id)
  VALUES (of_kind, rule_set, of_rule, in_category, place, said, of_event)
  ON CONFLICT (kind, rule_set_id, rule, category, area_id, detail) WHERE acknowledged_at IS NULL
  DO UPDATE SET times = x.times + 1, last_at = now(), event_id = coalesce(excluded.event_id, x.event_id)
  RETURNING id INTO made;
  RETURN made;
END $$
"""
# What a rule set is tried on: what happened where it is for, told without words, persons or numbers of events.
HISTORY = f"""
CREATE FUNCTION wangge.dispatch_history(in_city text, since timestamptz) RETURNS TABLE (
  event_id uuid, category_id int, area_id int, opened_at timestamptz, urgency text, source text, department_id int,
  answers jsonb, owner text
) LANGUAGE plpgsql STABLE {OWNER} AS $$
#variable_conflict use_column
BEGIN
  IF NOT edits_rules(in_city) THEN
    {DENIED};
  END IF;
  RETURN QUERY
  SELECT e.id, e.category_id, e.scope_area_id, coalesce(t.at, e.opened_at), e.urgency::text, e.source::text,
    e.department_id, t.answers, t.owner
  FROM event AS e
  LEFT JOIN (
    SELECT DISTINCT ON (x.event_id) x.event_id, x.at, x.inputs -> 'answers' AS answers, x.inputs ->> 'owner' AS owner
    FROM dispatch_trace AS x WHERE x.outcome IN ('auto', 'proposed', 'none') ORDER BY x.event_id, x.seq DESC
  ) AS t ON t.event_id = e.id
  WHERE e.opened_at >= since AND (in_city = '' OR e.scope_path && ARRAY(
    SELECT a.id FROM area AS a WHERE a.code = in_city));
END $$
"""
KEEP = """
CREATE FUNCTION wangge.dispatch_trace_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was decided is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
KEEP_TRIGGER = """
CREATE TRIGGER dispatch_trace_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wangge.dispatch_trace
FOR EACH STATEMENT EXECUTE FUNCTION wangge.dispatch_trace_keep()
"""
FUNCTIONS = (
    "dispatch_trace_keep()",
    "dispatch_history(text, timestamptz)",
    "raise_dispatch_alarm(text, int, text, text, uuid, text)",
    "put_admission_items(text, text, date, jsonb)",
    "put_duty_items(text, text, date, jsonb)",
    "activate_rule_set(int, int)",
    "put_rule_set(jsonb, int)",
    "edits_rules(text)",
)
PUBLIC = ("dispatch_rule_set", "dispatch_rule", "duty_item", "admission_item")
SCOPED = ("admission_approval", "dispatch_trace", "dispatch_alarm")
SEEN = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
OWN = "account_id IS NOT DISTINCT FROM (SELECT wangge.account_id())"
# A step of the system names nobody, whoever is logged in while it is taken.
SIGNED = f"(account_id IS NULL OR {OWN}) AND (SELECT wangge.actor()) IS NOT NULL"
APPROVES = (
    "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id"
    " AND wangge.covers_event('events.approve', e.scope_area_id, e.department_id, e.category_id))"
)


def held(permission: str) -> str:
    """Whether the row's area lies in a subtree the permission is held in; without an area, in all there is."""
    return (
        "EXISTS (SELECT FROM wangge.area AS a WHERE (a.id = area_id OR (area_id IS NULL AND a.parent_id IS NULL))"
        f" AND a.path && (SELECT wangge.scope_areas('{permission}')))"
    )


RULES = held("rules.edit")
POLICIES = (
    ("admission_approval", "admission_approval_read", "SELECT", f"USING ({SEEN})"),
    ("admission_approval", "admission_approval_give", "INSERT", f"WITH CHECK ({OWN} AND {APPROVES})"),
    ("dispatch_trace", "dispatch_trace_read", "SELECT", f"USING ({SEEN})"),
    ("dispatch_trace", "dispatch_trace_add", "INSERT", f"WITH CHECK ({SIGNED} AND {SEEN})"),
    ("dispatch_alarm", "dispatch_alarm_read", "SELECT", f"USING ({RULES})"),
    ("dispatch_alarm", "dispatch_alarm_see", "UPDATE", f"USING ({RULES}) WITH CHECK ({RULES})"),
)
AUDITED = (*PUBLIC, "admission_approval", "dispatch_trace", "dispatch_alarm")


def upgrade() -> None:
    lists = [
        PUT_LIST.format(table=table, columns=columns, types=types)
        for table, (columns, types) in LISTS.items()
    ]
    for statement in (EDITS, PUT_SET, ACTIVATE, *lists, RAISE, HISTORY, KEEP, KEEP_TRIGGER):
        op.execute(statement)
    for table in SCOPED:
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS})"
            f" WITH CHECK ({MAINTAINS})"
        )
    for table, name, verb, how in POLICIES:
        op.execute(f"CREATE POLICY {name} ON wangge.{table} FOR {verb} TO {API} {how}")
    for table in PUBLIC:
        op.execute(f"GRANT SELECT ON wangge.{table} TO {API}")
    op.execute(f"GRANT SELECT, INSERT ON wangge.admission_approval, wangge.dispatch_trace TO {API}")
    seen = "acknowledged_at, acknowledged_by, note"
    op.execute(f"GRANT SELECT, UPDATE ({seen}) ON wangge.dispatch_alarm TO {API}")
    for table in AUDITED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
        )
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")


def downgrade() -> None:
    op.execute("DROP TRIGGER dispatch_trace_append_only ON wangge.dispatch_trace")
    for table in AUDITED:
        op.execute(f"DROP TRIGGER unaudited_write ON wangge.{table}")
    for table, name, *_ in POLICIES:
        op.execute(f"DROP POLICY {name} ON wangge.{table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{function}")
