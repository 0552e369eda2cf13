"""The one way to take a step of a workflow, and the guard that refuses every other history, whoever asks."""

from __future__ import annotations

from alembic import op

revision = "0012y"
down_revision = "0012x"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
# A row of the log hangs on the row before, follows an edge of the event's template from where the event stands, and
# meets the conditions of the edge. Outside the templates are the report (row 1, a check of the table) and, in the
# scope of maintenance, the one row that says where an imported event was found.
GUARD_LOG = f"""
CREATE FUNCTION wangge.guard_log() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  e event;
  s workflow_edge;
  last record;
  why text;
BEGIN
  SELECT * INTO e FROM event WHERE id = NEW.event_id FOR NO KEY UPDATE;
  IF NEW.action = 'history' THEN
    IF current_setting('wangge.maintenance', true) = 'on' AND NEW.seq = 2 AND NEW.round = 1
      AND NEW.from_status = 'reported' AND NEW.to_status = e.status THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'illegal_history: only an import begins in the middle'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT l.seq, l.hash, l.at, l.to_status INTO last FROM event_log AS l
  WHERE l.event_id = NEW.event_id ORDER BY l.seq DESC LIMIT 1;
  IF last.seq IS NULL OR NEW.seq <> last.seq + 1 OR NEW.prev_hash IS DISTINCT FROM last.hash OR NEW.at < last.at
    OR last.to_status <> e.status OR NEW.from_status <> e.status
    OR NEW.round <> e.round + (NEW.action = 'object')::int
    OR NEW.hash <> log_hash(
      NEW.event_id, NEW.seq, NEW.at, NEW.actor, NEW.account_id, NEW.action, NEW.from_status, NEW.to_status,
      NEW.round, NEW.note, NEW.details, NEW.command_id, NEW.prev_hash
    ) THEN
    RAISE EXCEPTION 'illegal_history: the row does not hang on the one before'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT * INTO s FROM workflow_edge AS x
  WHERE x.workflow_id = e.workflow_id AND x.command = NEW.action AND x.from_status = NEW.from_status
    AND x.to_status = NEW.to_status;
  why := CASE WHEN NOT FOUND THEN 'no such edge' ELSE step_against(e, s, NEW.account_id) END;
  IF why IS NOT NULL THEN
    RAISE EXCEPTION 'illegal_history: % from % to %: %', NEW.action, NEW.from_status, NEW.to_status, why
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
GUARD_LOG_TRIGGER = """
CREATE TRIGGER event_log_guard BEFORE INSERT ON wangge.event_log FOR EACH ROW WHEN (NEW.action <> 'report')
EXECUTE FUNCTION wangge.guard_log()
"""
# An event stands where its log says, changes only together with it, and keeps its workflow.
GUARD_EVENT = f"""
CREATE FUNCTION wangge.guard_event() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  last record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF coalesce(current_setting('wangge.maintenance', true), '') <> 'on' THEN
      RAISE EXCEPTION 'illegal_history: an event begins as reported' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END IF;
  SELECT l.from_status, l.to_status, l.round INTO last FROM event_log AS l
  WHERE l.event_id = NEW.id ORDER BY l.seq DESC LIMIT 1;
  IF NEW.workflow_id <> OLD.workflow_id OR last.to_status IS DISTINCT FROM NEW.status
    OR last.from_status IS DISTINCT FROM OLD.status OR last.round <> NEW.round THEN
    RAISE EXCEPTION 'illegal_history: % to % without its row of the log', OLD.status, NEW.status
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
GUARD_EVENT_TRIGGERS = (
    """
CREATE TRIGGER event_begins BEFORE INSERT ON wangge.event FOR EACH ROW WHEN (NEW.status <> 'reported')
EXECUTE FUNCTION wangge.guard_event()
""",
    """
CREATE TRIGGER event_guard BEFORE UPDATE ON wangge.event FOR EACH ROW
WHEN (OLD.status <> NEW.status OR OLD.round <> NEW.round OR OLD.workflow_id <> NEW.workflow_id)
EXECUTE FUNCTION wangge.guard_event()
""",
)
# The other way round, when the transaction ends: no row of the log that the event did not follow.
FOLLOWED = f"""
CREATE FUNCTION wangge.log_followed() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  IF EXISTS (
    SELECT FROM event AS e WHERE e.id = NEW.event_id AND (e.status, e.round) IS DISTINCT FROM (
      SELECT (l.to_status, l.round) FROM event_log AS l WHERE l.event_id = e.id ORDER BY l.seq DESC LIMIT 1)
  ) THEN
    RAISE EXCEPTION 'illegal_history: the event did not follow its log'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""
FOLLOWED_TRIGGER = """
CREATE CONSTRAINT TRIGGER event_log_followed AFTER INSERT ON wangge.event_log DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.action NOT IN ('report', 'history')) EXECUTE FUNCTION wangge.log_followed()
"""
# What a command may set, besides what follows from it by itself.
SETS = """
CREATE FUNCTION wangge.step_sets(command text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE command
    WHEN 'file' THEN '{standard_id,category_id,urgency}'
    WHEN 'dispatch' THEN '{department_id,handler_id,standard_id}'
    WHEN 'assign' THEN '{handler_id}'
    WHEN 'send_down' THEN '{level_area_id}'
    WHEN 'supervise' THEN '{supervised}'
    WHEN 'merge' THEN '{merged_into}'
    WHEN 'co_handle' THEN '{co_departments}'
    WHEN 'co_release' THEN '{co_departments}'
    WHEN 'correct' THEN '{standard_id,category_id,urgency,address,place}'
    ELSE '{}' END::text[]
$$
"""
# The event after a step: what the command sets, and what follows from it by itself.
STEPPED = """
CREATE FUNCTION wangge.event_stepped(e wangge.event, s wangge.workflow_edge, changes jsonb)
RETURNS wangge.event LANGUAGE plpgsql STABLE AS $$
DECLARE
  n wangge.event := e;
  was jsonb;
BEGIN
  n := jsonb_populate_record(n, changes - 'place' - 'co_departments');
  n.status := s.to_status;
  n.version := e.version + 1;
  IF s.from_status <> s.to_status THEN
    n.suspended_from := CASE WHEN s.command IN ('suspend', 'merge') THEN e.status END;
    n.closed_at := NULL;
  END IF;
  CASE s.command
    WHEN 'accept' THEN
      -- Whoever takes it in has it: the deepest area of theirs that it lies in.
      n.level_area_id := coalesce((
        SELECT a.id FROM wangge.area AS a
        WHERE a.id = ANY(e.scope_path) AND a.id = ANY(wangge.scope_areas(s.permission))
        ORDER BY cardinality(a.path) DESC LIMIT 1), e.level_area_id);
    WHEN 'dispatch' THEN n.handler_id := (changes ->> 'handler_id')::int;
    WHEN 'return', 'refuse' THEN
      IF e.department_id IS NOT NULL AND s.from_status IN ('dispatched', 'handling') THEN
        n.bounces := e.bounces + 1;
      END IF;
      n.department_id := NULL;
      n.handler_id := NULL;
      IF n.bounces > e.bounces AND wangge.decided_above(n) AND NOT wangge.decided_above(e) THEN
        n.level_area_id := wangge.level_above(e.level_area_id);
      END IF;
    WHEN 'escalate' THEN
      n.level_area_id := wangge.level_above(e.level_area_id);
      n.handler_id := NULL;
    WHEN 'recall' THEN
      SELECT l.details -> 'was' INTO was FROM wangge.event_log AS l
      WHERE l.event_id = e.id AND l.action NOT IN ('note', 'urge', 'supervise') ORDER BY l.seq DESC LIMIT 1;
      n := jsonb_populate_record(n, was - 'place');
    WHEN 'fail_inspection' THEN n.reworks := e.reworks + 1;
    WHEN 'co_handle' THEN
      n.co_departments := ARRAY(
        SELECT DISTINCT d FROM unnest(e.co_departments || ARRAY(
          SELECT x::int FROM jsonb_array_elements_text(changes -> 'co_departments') AS x)) AS d
        WHERE d IS DISTINCT FROM e.department_id ORDER BY d);
    WHEN 'co_release' THEN
      n.co_departments := ARRAY(
        SELECT d FROM unnest(e.co_departments) AS d
        WHERE NOT changes -> 'co_departments' @> to_jsonb(d) ORDER BY d);
    WHEN 'unmerge' THEN n.merged_into := NULL;
    WHEN 'grant_appeal' THEN n.exempt := true;
    WHEN 'object' THEN
      n.round := e.round + 1;
      n.department_id := NULL;
      n.handler_id := NULL;
      n.co_departments := '{}';
      n.supervised := NULL;
      n.exempt := false;
    ELSE NULL;
  END CASE;
  IF changes ? 'place' THEN
    n := jsonb_populate_record(n, changes -> 'place');
    n.geom := public.ST_SetSRID(public.ST_MakePoint(
      (changes #>> '{place,lon}')::float8, (changes #>> '{place,lat}')::float8), 4326);
    n.level_area_id := coalesce((
      SELECT a.id FROM wangge.area AS a, wangge.area AS here, wangge.area AS before
      WHERE here.id = n.scope_area_id AND before.id = e.level_area_id AND a.id = ANY(here.path)
        AND a.level = before.level), n.scope_area_id);
  END IF;
  RETURN n;
END $$
"""
LEVEL_ABOVE = """
CREATE FUNCTION wangge.level_above(area int) RETURNS int LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT p.id FROM wangge.area AS a JOIN wangge.area AS p ON p.id = a.parent_id
    WHERE a.id = $1 AND p.level IN ('community', 'subdistrict', 'district')), $1)
$$
"""
# A refusal is told by its code in the message; WG412 is another version, WG409 all else. The lock is one that rows
# which refer to the event do not wait for: two commands at once hold theirs already, and would wait in a circle.
TAKE_STEP = f"""
CREATE FUNCTION wangge.take_step(
  event_id uuid, command text, to_status text, base_version int, command_id uuid, note text, details jsonb,
  changes jsonb
) RETURNS TABLE (seq int, at timestamptz, version int, status text, round int)
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  e event;
  n event;
  s workflow_edge;
  last record;
  why text := 'no_such_step';
  by_system boolean := coalesce(told('as_system') = 'on', false);
  who int := CASE WHEN NOT coalesce(told('as_system') = 'on', false) THEN account_id() END;
  acting text;
  moment timestamptz;
  shown event;
  becomes jsonb;
  was jsonb;
BEGIN
  IF take_step.command IN ('merge', 'unmerge') THEN
    -- Both, in the order of their ids: two that are merged crosswise at once wait for one another in a row.
    PERFORM FROM event AS x WHERE x.id = ANY(ARRAY[
      take_step.event_id, (changes ->> 'merged_into')::uuid,
      (SELECT m.merged_into FROM event AS m WHERE m.id = take_step.event_id)
    ]) ORDER BY x.id FOR NO KEY UPDATE;
  END IF;
  SELECT * INTO e FROM event AS x WHERE x.id = take_step.event_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no_such_event' USING ERRCODE = 'WG409';
  END IF;
  IF e.version <> base_version THEN
    RAISE EXCEPTION 'stale_version:%', e.version USING ERRCODE = 'WG412';
  END IF;
  SELECT x.* INTO s FROM workflow_edge AS x
  WHERE x.workflow_id = e.workflow_id AND x.command = take_step.command AND x.from_status = e.status
    AND x.to_status = take_step.to_status;
  IF FOUND THEN
    why := step_refusal(e, s);
  END IF;
  IF why IS NULL AND EXISTS (
    SELECT FROM jsonb_object_keys(changes) AS k WHERE k <> ALL(step_sets(s.command))
  ) THEN
    why := 'sets_too_much';
  END IF;
  IF why IS NULL AND s.command = 'send_down' AND NOT EXISTS (
    SELECT FROM area AS a, area AS now_at
    WHERE now_at.id = e.level_area_id AND a.id = (changes ->> 'level_area_id')::int
      AND a.id = ANY(e.scope_path) AND a.path @> now_at.path AND a.id <> now_at.id
  ) THEN
    why := 'not_below';
  END IF;
  IF why IS NULL AND s.command = 'co_release'
    AND NOT coalesce(to_jsonb(co_open(e)) @> (changes -> 'co_departments'), false) THEN
    why := 'not_helping';
  END IF;
  IF why IS NULL AND changes ? 'place' AND NOT by_system THEN
    -- Nobody moves what they decide on to where they decide nothing.
    n := event_stepped(e, s, changes);
    IF NOT (CASE WHEN s.at_level THEN covers_level(s.permission, n.level_area_id, e.category_id)
      ELSE covers_event(s.permission, n.scope_area_id, e.department_id, e.category_id) END) THEN
      why := 'outside_scope';
    END IF;
  END IF;
  IF why IS NOT NULL THEN
    RAISE EXCEPTION '%', why USING ERRCODE = 'WG409';
  END IF;
  details := details - '{{set,was,departments}}'::text[];
  IF s.command = 'co_feedback' AND NOT by_system THEN
    details := details || jsonb_build_object('departments', (
      SELECT jsonb_agg(d ORDER BY d) FROM unnest(e.co_departments) AS d WHERE covers_department(s.permission, d)));
  END IF;
  SELECT l.seq, l.hash, l.at INTO last FROM event_log AS l
  WHERE l.event_id = e.id ORDER BY l.seq DESC LIMIT 1;
  moment := greatest(workflow_now(), last.at);
  acting := CASE WHEN by_system THEN 'system' WHEN s.party = 'reporter' THEN 'reporter' ELSE actor() END;
  n := event_stepped(e, s, changes);
  n.updated_at := moment;
  IF s.from_status <> s.to_status AND s.to_status IN ('closed', 'rejected', 'cancelled', 'merged') THEN
    n.closed_at := moment;
  END IF;
  -- (Without its place: as GeoJSON, asked for each column anew, it took longer to say than all the rest.)
  shown := n;
  shown.geom := NULL;
  becomes := to_jsonb(shown);
  shown := e;
  shown.geom := NULL;
  SELECT coalesce(jsonb_object_agg(o.key, o.value), '{{}}') INTO was
  FROM jsonb_each(to_jsonb(shown) - '{{geom,scope_path,cell,status,version,updated_at,closed_at,suspended_from}}'::text[]) AS o
  WHERE o.value IS DISTINCT FROM becomes -> o.key;
  details := details
    || CASE WHEN changes = '{{}}' THEN '{{}}' ELSE jsonb_build_object('set', changes) END
    || CASE WHEN was = '{{}}' THEN '{{}}' ELSE jsonb_build_object('was', was) END;
  INSERT INTO event_log (
    event_id, seq, at, actor, account_id, action, from_status, to_status, round, note, details, command_id,
    prev_hash, hash
  ) VALUES (
    e.id, last.seq + 1, moment, acting, who, s.command, s.from_status, s.to_status, n.round, take_step.note, details,
    take_step.command_id, last.hash, log_hash(
      e.id, last.seq + 1, moment, acting, who, s.command, s.from_status, s.to_status, n.round, take_step.note,
      details, take_step.command_id, last.hash)
  );
  UPDATE event AS x SET
    status = n.status, version = n.version, round = n.round, updated_at = n.updated_at, closed_at = n.closed_at,
    department_id = n.department_id, handler_id = n.handler_id, co_departments = n.co_departments,
    standard_id = n.standard_id, category_id = n.category_id, urgency = n.urgency, address = n.address,
    level_area_id = n.level_area_id, bounces = n.bounces, reworks = n.reworks, supervised = n.supervised,
    merged_into = n.merged_into, suspended_from = n.suspended_from, exempt = n.exempt, geom = n.geom,
    grid_id = n.grid_id, scope_area_id = n.scope_area_id, grid_method = n.grid_method,
    border_distance_m = n.border_distance_m, confirm = n.confirm
  WHERE x.id = e.id;
  RETURN QUERY SELECT last.seq + 1, moment, n.version, n.status::text, n.round::int;
END $$
"""
STATEMENTS = (
    GUARD_LOG, GUARD_LOG_TRIGGER, GUARD_EVENT, *GUARD_EVENT_TRIGGERS, FOLLOWED, FOLLOWED_TRIGGER, SETS, LEVEL_ABOVE,
    STEPPED, TAKE_STEP,
)  # fmt: skip
CALLED = ("step_sets(text)", "take_step(uuid, text, text, int, uuid, text, jsonb, jsonb)")
INNER = (
    "event_stepped(wangge.event, wangge.workflow_edge, jsonb)",
    "level_above(int)",
    "log_followed()",
    "guard_event()",
    "guard_log()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for signature in (*CALLED, *INNER):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
    for signature in CALLED:
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")


def downgrade() -> None:
    for trigger in ("event_log_followed", "event_log_guard"):
        op.execute(f"DROP TRIGGER {trigger} ON wangge.event_log")
    for trigger in ("event_guard", "event_begins"):
        op.execute(f"DROP TRIGGER {trigger} ON wangge.event")
    for signature in (*reversed(CALLED), *INNER):
        op.execute(f"DROP FUNCTION wangge.{signature}")
