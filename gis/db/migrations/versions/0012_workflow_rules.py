"""The rules of workflows in the database: which template an event follows, who may take which step, and when."""

from __future__ import annotations

from alembic import op

revision = "0012x"
down_revision = "0012w"
branch_labels = None
depends_on = None

API = "wangge_api"

# The template of the deepest area that has one for the category's scheme and the source; the more particular first.
WORKFLOW_FOR = """
CREATE FUNCTION wangge.workflow_for(category int, source text, area int DEFAULT NULL) RETURNS int
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
BEGIN
  RETURN (
    SELECT w.id
    FROM (SELECT (SELECT a.path FROM wangge.area AS a WHERE a.id = $3) AS path, (
      SELECT c.scheme FROM wangge.category AS c WHERE c.id = $1) AS scheme) AS of
    JOIN wangge.workflow AS w ON w.area_id IS NULL OR w.area_id = ANY(of.path)
    WHERE w.ended_at IS NULL AND (w.schemes = '{}' OR of.scheme = ANY(w.schemes))
      AND (w.sources = '{}' OR $2 = ANY(w.sources))
    ORDER BY coalesce(array_position(of.path, w.area_id), 0) DESC, w.priority DESC, w.id DESC LIMIT 1
  ); END
$$
"""
# Whoever opens an event without saying which workflow it follows or who has it gets what is usual.
OPENED = """
CREATE FUNCTION wangge.event_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.workflow_id := coalesce(
    NEW.workflow_id, wangge.workflow_for(NEW.category_id, NEW.source, NEW.scope_area_id));
  NEW.level_area_id := coalesce(NEW.level_area_id, NEW.scope_area_id);
  RETURN NEW;
END $$
"""
# Maintenance may say what time it is, for a year that is played again; everybody else lives now.
NOW = """
CREATE FUNCTION wangge.workflow_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN coalesce(
    CASE WHEN current_setting('wangge.maintenance', true) = 'on' THEN wangge.told('now')::timestamptz END,
    clock_timestamp()
  );
END
$$
"""
# Where a step back leads: resuming and unmerging to where it was, recalling to before what was sent.
TARGET = """
CREATE FUNCTION wangge.step_target(e wangge.event, command text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF command IN ('resume', 'unmerge') THEN
    RETURN coalesce(e.suspended_from, '');
  ELSIF command = 'recall' THEN
    RETURN coalesce((
      SELECT l.from_status FROM wangge.event_log AS l
      WHERE l.event_id = e.id AND l.action NOT IN ('note', 'urge', 'supervise') ORDER BY l.seq DESC LIMIT 1
    ), '');
  END IF;
  RETURN NULL;
END $$
"""
ASKED = """
CREATE FUNCTION wangge.step_asked(e wangge.event, ask text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((
    SELECT l.action = ask FROM wangge.event_log AS l
    WHERE l.event_id = e.id AND l.round = e.round AND l.action = ANY(ask || CASE ask
      WHEN 'request_extension' THEN '{grant_extension,deny_extension}'::text[]
      WHEN 'request_suspension' THEN '{suspend,deny_suspension}'::text[]
      WHEN 'appeal' THEN '{grant_appeal,deny_appeal}'::text[] ELSE '{}' END)
    ORDER BY l.seq DESC LIMIT 1
  ), false); END
$$
"""
# The departments that were asked to help and have not reported back in this round.
CO_OPEN = """
CREATE FUNCTION wangge.co_open(e wangge.event) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ARRAY(
    SELECT c.id FROM unnest(e.co_departments) AS c (id) WHERE c.id <> ALL(ARRAY(
      SELECT d.id::int FROM wangge.event_log AS l, jsonb_array_elements_text(l.details -> 'departments') AS d (id)
      WHERE l.event_id = e.id AND l.round = e.round AND l.action = 'co_feedback'))); END
$$
"""
# One condition of an edge: a word, perhaps with a command and a number.
MET = """
CREATE FUNCTION wangge.need_met(e wangge.event, need text, who int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  word text := split_part(need, ':', 1);
  what text := split_part(need, ':', 2);
  since int;
BEGIN
  CASE word
    WHEN 'in_time' THEN RETURN coalesce(e.due_at >= wangge.workflow_now(), true);
    WHEN 'overdue' THEN
      RETURN coalesce(e.overdue_s > 0, false) OR coalesce(e.promised_at < coalesce(e.closed_at, now()), false);
    WHEN 'has_department' THEN RETURN e.department_id IS NOT NULL;
    WHEN 'no_department' THEN RETURN e.department_id IS NULL;
    WHEN 'has_holder' THEN RETURN num_nonnulls(e.department_id, e.handler_id) > 0;
    WHEN 'no_holder' THEN RETURN num_nonnulls(e.department_id, e.handler_id) = 0;
    WHEN 'bounces_below' THEN RETURN e.bounces < what::int;
    WHEN 'rounds_below' THEN RETURN e.round < what::int;
    WHEN 'asked' THEN RETURN wangge.step_asked(e, what);
    WHEN 'not_asked' THEN RETURN NOT wangge.step_asked(e, what);
    WHEN 'level_above' THEN
      RETURN EXISTS (
        SELECT FROM wangge.area AS a JOIN wangge.area AS p ON p.id = a.parent_id
        WHERE a.id = e.level_area_id AND p.level IN ('community', 'subdistrict', 'district'));
    WHEN 'at_most' THEN
      RETURN split_part(need, ':', 3)::int > (
        SELECT count(*) FROM wangge.event_log AS l
        WHERE l.event_id = e.id AND l.round = e.round AND l.action = what);
    WHEN 'untouched' THEN
      RETURN coalesce((
        SELECT l.account_id = who AND l.action IN (
          'dispatch', 'send_verification', 'send_inspection', 'escalate', 'send_down')
        FROM wangge.event_log AS l
        WHERE l.event_id = e.id AND l.action NOT IN ('note', 'urge', 'supervise') ORDER BY l.seq DESC LIMIT 1
      ), false);
    WHEN 'co_done' THEN RETURN wangge.co_open(e) = '{}';
    WHEN 'co_open' THEN RETURN wangge.co_open(e) <> '{}';
    WHEN 'done', 'not_done', 'done_since_feedback' THEN
      -- since it came into its present state, or since the handler reported done
      SELECT coalesce(max(l.seq), 0) INTO since FROM wangge.event_log AS l WHERE l.event_id = e.id AND CASE
        WHEN word = 'done_since_feedback' THEN l.action = 'feedback'
        ELSE l.from_status IS DISTINCT FROM l.to_status END;
      RETURN (word = 'not_done') <> EXISTS (
        SELECT FROM wangge.event_log AS l WHERE l.event_id = e.id AND l.seq > since AND l.action = what);
    ELSE RAISE EXCEPTION 'unknown_need: %', need USING ERRCODE = 'invalid_parameter_value';
  END CASE;
END $$
"""
# Whether whoever called said, when last reached since the work was reported done, that it is not solved or not well.
DISCONTENT = """
CREATE FUNCTION wangge.caller_discontent(e wangge.event) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((
    SELECT l.details #>> '{data,satisfied}' = 'false' OR l.details #>> '{data,solved}' = 'no'
    FROM wangge.event_log AS l
    WHERE l.event_id = e.id AND l.round = e.round AND l.action = 'call_back'
      AND l.details #>> '{data,answered}' = 'true'
      AND num_nonnulls(l.details #>> '{data,satisfied}', l.details #>> '{data,solved}') > 0
      AND l.seq > (SELECT coalesce(max(f.seq), 0) FROM wangge.event_log AS f
        WHERE f.event_id = e.id AND f.action = 'feedback')
    ORDER BY l.seq DESC LIMIT 1
  ), false); END
$$
"""
# What the history itself forbids, whoever asks: null, or the condition that is not met. Whoever called and is not
# content outweighs an inspection that was passed: it may be failed after all, and is not simply closed.
AGAINST = """
CREATE FUNCTION wangge.step_against(e wangge.event, s wangge.workflow_edge, who int) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  need text;
BEGIN
  IF s.to_status <> coalesce(wangge.step_target(e, s.command), s.to_status) THEN
    RETURN 'wrong_target';
  END IF;
  IF who IS NOT NULL AND cardinality(s.not_by) > 0 THEN
    IF ('handler' = ANY(s.not_by) AND e.handler_id = who) OR EXISTS (
      SELECT FROM wangge.event_log AS l
      WHERE l.event_id = e.id AND l.round = e.round AND l.account_id = who AND l.action = ANY(s.not_by)
    ) THEN
      RETURN 'same_person';
    END IF;
  END IF;
  FOREACH need IN ARRAY s.needs LOOP
    IF NOT wangge.need_met(e, need, who) AND NOT (
      s.command = 'fail_inspection' AND need = 'not_done:pass_inspection' AND wangge.caller_discontent(e)
    ) THEN
      RETURN need;
    END IF;
  END LOOP;
  IF s.command = 'close' AND wangge.caller_discontent(e) THEN
    RETURN 'caller_discontent';
  END IF;
  RETURN NULL;
END $$
"""
# 首接负责: the department that first took an event in its round, whoever has it now.
FIRST = """
CREATE FUNCTION wangge.first_taker(e wangge.event) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT (d.details #>> '{set,department_id}')::int
    FROM wangge.event_log AS s, LATERAL (
      SELECT l.details FROM wangge.event_log AS l
      WHERE l.event_id = s.event_id AND l.seq < s.seq AND l.action = 'dispatch' ORDER BY l.seq DESC LIMIT 1
    ) AS d
    WHERE s.event_id = e.id AND s.round = e.round AND s.action = 'sign'
    ORDER BY s.seq LIMIT 1
  ); END
$$
"""
# After two returns the referee decides: who took it first, and once that does not help, the area above.
REFEREED = """
CREATE FUNCTION wangge.decided_above(e wangge.event) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT e.bounces >= 3 OR (e.bounces = 2 AND wangge.first_taker(e) IS NULL)
$$
"""
# Whether a permission is held over the area that has the event now: there or above.
AT_LEVEL = """
CREATE FUNCTION wangge.covers_level(permission text, level int, category int) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN wangge.covers(permission, level) OR EXISTS (
    SELECT FROM wangge.area AS a WHERE a.id = $2 AND wangge.covers_limited($1, a.path, $3)); END
$$
"""
IN_DEPARTMENTS = """
CREATE FUNCTION wangge.covers_department(permission text, department int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM wangge.department AS d WHERE d.id = $2 AND d.path && wangge.scope_departments($1)); END
$$
"""
# Whether whoever acts may take a step: null, or why not. The system takes what the template leaves to it.
HELD = """
CREATE FUNCTION wangge.step_held(e wangge.event, s wangge.workflow_edge) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  held boolean;
  mine boolean;
BEGIN
  IF wangge.told('as_system') = 'on' THEN
    RETURN CASE WHEN NOT s.by_system THEN 'forbidden' END;
  END IF;
  IF s.party = 'reporter' THEN
    mine := coalesce(e.reporter_id = wangge.account_id(), false)
      OR coalesce(e.tracking_code = wangge.in_hand('tracking_code'), false)
      OR EXISTS (SELECT FROM wangge.report AS r WHERE r.event_id = e.id AND r.reporter_id = wangge.account_id());
    RETURN CASE WHEN NOT mine THEN 'not_your_step' END;
  END IF;
  IF s.permission IS NULL THEN
    held := true;
  ELSIF s.at_level OR (s.command = 'dispatch' AND wangge.decided_above(e)) THEN
    held := wangge.covers_level(s.permission, e.level_area_id, e.category_id);
  ELSE
    held := wangge.covers_event(s.permission, e.scope_area_id, e.department_id, e.category_id);
  END IF;
  CASE s.party
    WHEN 'department' THEN mine := wangge.covers_department(s.permission, e.department_id);
    WHEN 'holder' THEN mine := CASE WHEN e.department_id IS NULL
      THEN wangge.covers_level(s.permission, e.level_area_id, e.category_id)
      ELSE wangge.covers_department(s.permission, e.department_id) END;
    WHEN 'handler' THEN
      IF e.handler_id = wangge.account_id() THEN
        RETURN NULL;
      END IF;
      mine := CASE WHEN e.department_id IS NULL
        THEN wangge.covers_level(s.permission, e.level_area_id, e.category_id)
        ELSE wangge.covers_department(s.permission, e.department_id) END;
    WHEN 'co_department' THEN
      held := EXISTS (
        SELECT FROM unnest(e.co_departments) AS c (id) WHERE wangge.covers_department(s.permission, c.id));
      mine := held;
    WHEN 'parent' THEN mine := EXISTS (
      SELECT FROM wangge.area AS a WHERE a.id = e.level_area_id AND wangge.covers(s.permission, a.parent_id));
    WHEN 'system' THEN mine := false;
    ELSE mine := true;
  END CASE;
  RETURN CASE WHEN NOT coalesce(held, false) THEN 'forbidden' WHEN NOT coalesce(mine, false) THEN 'not_your_step' END;
END $$
"""
REFUSAL = """
CREATE FUNCTION wangge.step_refusal(e wangge.event, s wangge.workflow_edge) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    wangge.step_held(e, s),
    wangge.step_against(e, s, CASE WHEN wangge.told('as_system') IS NULL THEN wangge.account_id() END)
  )
$$
"""
# Grants by which somebody may be assigned an event: handles in its department, or about the level that has it, above
# or below.
HANDLERS = """
CREATE FUNCTION wangge.handlers_of(e wangge.event) RETURNS SETOF wangge.role_grant
LANGUAGE sql STABLE SET search_path = wangge, pg_temp AS $$
  SELECT g.* FROM role_grant AS g
  LEFT JOIN area AS here ON here.id = g.area_id
  LEFT JOIN area AS level ON level.id = e.level_area_id
  LEFT JOIN department AS d ON d.id = e.department_id
  WHERE g.ended_at IS NULL
    AND g.role IN (SELECT rp.role FROM role_permission AS rp WHERE rp.permission IN ('events.handle', 'events.self_handle'))
    AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
    AND CASE WHEN d.id IS NULL THEN here.id = ANY(level.path) OR level.id = ANY(here.path)
      ELSE g.department_id = ANY(d.path) END
$$
"""
HANDLER = """
CREATE FUNCTION wangge.handler_named(e wangge.event, name text) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT a.id FROM account AS a WHERE lower(a.username) = lower($2) AND a.disabled_at IS NULL
    AND a.id IN (SELECT g.account_id FROM handlers_of(e) AS g)
$$
"""
RULES = (
    WORKFLOW_FOR, OPENED, NOW, TARGET, ASKED, CO_OPEN, MET, DISCONTENT, AGAINST, FIRST, REFEREED, AT_LEVEL, IN_DEPARTMENTS, HELD, REFUSAL,
    HANDLERS, HANDLER,
)  # fmt: skip
FUNCTIONS = (
    "handler_named(wangge.event, text)",
    "handlers_of(wangge.event)",
    "step_refusal(wangge.event, wangge.workflow_edge)",
    "step_held(wangge.event, wangge.workflow_edge)",
    "covers_department(text, int)",
    "covers_level(text, int, int)",
    "decided_above(wangge.event)",
    "first_taker(wangge.event)",
    "step_against(wangge.event, wangge.workflow_edge, int)",
    "caller_discontent(wangge.event)",
    "need_met(wangge.event, text, int)",
    "co_open(wangge.event)",
    "step_asked(wangge.event, text)",
    "step_target(wangge.event, text)",
    "workflow_now()",
    "event_opened()",
    "workflow_for(int, text, int)",
)
OPENED_TRIGGER = """
CREATE TRIGGER event_opened BEFORE INSERT ON wangge.event FOR EACH ROW
WHEN (NEW.workflow_id IS NULL OR NEW.level_area_id IS NULL) EXECUTE FUNCTION wangge.event_opened()
"""


def upgrade() -> None:
    for statement in (*RULES, OPENED_TRIGGER):
        op.execute(statement)
    for signature in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")


def downgrade() -> None:
    op.execute("DROP TRIGGER event_opened ON wangge.event")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{signature}")
