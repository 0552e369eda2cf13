"""What a step of an event does to its clocks: start, stop, pause, resume, extend, freeze, end."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0014b"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"

# A stage begins: its limit is copied now and stays, whatever becomes of calendars and standards. A stage that runs
# already runs on. Handling again after a failed inspection has what was left of the limit, where a city says so.
START = """
CREATE FUNCTION wangge.clock_start(e wangge.event, stage text, moment timestamptz, command text)
RETURNS void LANGUAGE plpgsql SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  calendar int := calendar_for(e.scope_area_id);
  l record;
  last event_clock;
BEGIN
  SELECT * INTO last FROM event_clock AS c
  WHERE c.event_id = e.id AND c.round = e.round AND c.stage = clock_start.stage ORDER BY c.turn DESC LIMIT 1;
  IF last.id IS NOT NULL AND last.stopped_at IS NULL THEN
    RETURN;
  END IF;
  l := clock_limit(calendar, e.workflow_id, e.status, clock_start.stage, e.urgency, e.standard_id);
  IF l.kind IS NULL THEN
    RETURN;
  END IF;
  IF last.id IS NOT NULL AND command = 'fail_inspection'
    AND (SELECT k.rework = 'continue' FROM calendar AS k WHERE k.id = calendar) THEN
    INSERT INTO event_clock (event_id, round, stage, turn, kind, value, extended, source, calendar_id, started_at,
      running_since, due_at, used)
    VALUES (e.id, e.round, clock_start.stage, last.turn + 1, last.kind, last.value, last.extended, last.source,
      last.calendar_id, moment, moment, moment, last.used);
  ELSE
    INSERT INTO event_clock (event_id, round, stage, turn, kind, value, source, calendar_id, started_at,
      running_since, due_at)
    VALUES (e.id, e.round, clock_start.stage, coalesce(last.turn, 0) + 1, l.kind, l.value, l.source, calendar,
      moment, moment, moment);
  END IF;
END $$
"""
STOP = """
CREATE FUNCTION wangge.clock_stop(event uuid, stage text, moment timestamptz, outcome text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
  UPDATE wangge.event_clock AS c SET
    used = c.used + coalesce(wangge.clock_elapsed(c.calendar_id, c.kind, c.running_since, $3), 0),
    paused_total = c.paused_total + coalesce($3 - c.paused_at, '0'), paused_at = NULL, running_since = NULL,
    stopped_at = $3, outcome = $4
  WHERE c.event_id = $1 AND c.stopped_at IS NULL AND ($2 IS NULL OR c.stage = $2); END
$$
"""
# Everything stands still until the day that was named, a year at the most; a clock of its own waits for that day.
PAUSE = """
CREATE FUNCTION wangge.clock_pause(e wangge.event, moment timestamptz, reason text, until timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = wangge, pg_temp AS $$
DECLARE
  ends timestamptz := least(greatest(coalesce(until, moment + interval '365 days'), moment), moment + interval '365 days');
BEGIN
  UPDATE event_clock AS c SET
    used = c.used + clock_elapsed(c.calendar_id, c.kind, c.running_since, moment),
    running_since = NULL, paused_at = moment, paused_until = ends, pause_reason = reason
  WHERE c.event_id = e.id AND c.running_since IS NOT NULL;
  INSERT INTO event_clock (event_id, round, stage, turn, kind, value, source, calendar_id, started_at, running_since,
    due_at, warned)
  SELECT e.id, e.round, 'suspend', 1 + (
      SELECT count(*) FROM event_clock AS c WHERE c.event_id = e.id AND c.round = e.round AND c.stage = 'suspend'),
    'natural_day', greatest(extract(epoch FROM ends - moment)::numeric / 86400, 0.001), 'until',
    calendar_for(e.scope_area_id), moment, moment, ends, 80;
END $$
"""
RESUME = """
CREATE FUNCTION wangge.clock_resume(e wangge.event, moment timestamptz) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT wangge.clock_stop(e.id, 'suspend', moment, 'done');
  UPDATE wangge.event_clock AS c SET
    paused_total = c.paused_total + (moment - c.paused_at), paused_at = NULL, running_since = moment
  WHERE c.event_id = e.id AND c.paused_at IS NOT NULL
$$
"""
# Whoever may take longer than the whole was promised lengthens the promise, to whole days, and what was said first
# stays beside it.
LENGTHEN = """
CREATE FUNCTION wangge.clock_lengthen(e wangge.event) RETURNS void LANGUAGE plpgsql SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ends timestamptz;
  calendar int;
  l record;
  stage text;
BEGIN
  SELECT c.due_at, c.calendar_id INTO ends, calendar FROM event_clock AS c
  WHERE c.event_id = e.id AND c.stage = 'handle' AND c.running_since IS NOT NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOREACH stage IN ARRAY ARRAY['check', 'inspect'] LOOP
    l := clock_limit(calendar, e.workflow_id, NULL, stage, e.urgency, NULL);
    ends := coalesce(clock_add(calendar, l.kind, ends, l.value), ends);
  END LOOP;
  UPDATE event_clock AS c SET
    kind = 'natural_day', extended = 0, source = 'promise',
    value = ceil(extract(epoch FROM ends - c.started_at - c.paused_total) / 86400),
    used = extract(epoch FROM c.running_since - c.started_at - c.paused_total) / 86400
  WHERE c.event_id = e.id AND c.stage = 'total' AND c.running_since IS NOT NULL AND c.due_at < ends;
END $$
"""
# One original limit more, once for each grant: told twice it is still the same.
EXTEND = """
CREATE FUNCTION wangge.clock_extend(event uuid, stage text, seq int) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE wangge.event_clock AS c SET extended = c.extended + 1, extended_seq = $3, warned = 0
  WHERE c.event_id = $1 AND c.stage = $2 AND c.stopped_at IS NULL AND c.extended_seq < $3
$$
"""
# What a merge ended runs on as if it had not been: the matter was open all the while.
REOPEN = """
CREATE FUNCTION wangge.clock_reopen(e wangge.event) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE wangge.event_clock AS c SET
    stopped_at = NULL, outcome = NULL, running_since = c.stopped_at
  WHERE c.event_id = e.id AND c.outcome = 'ended' AND c.round = e.round AND c.stopped_at = (
    SELECT max(l.at) FROM wangge.event_log AS l WHERE l.event_id = e.id AND l.action = 'merge')
$$
"""
# A day is named as a day or as an instant; a bare day ends when it ends here.
UNTIL = """
CREATE FUNCTION wangge.clock_until(given text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN given ~ '^\\d{4}-\\d{2}-\\d{2}$' THEN (given::timestamp + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
    ELSE given::timestamptz
  END
$$
"""
TOLD = """
CREATE FUNCTION wangge.clock_told(event uuid, round int) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
  UPDATE wangge.event AS e SET
    promised_at = (
      SELECT c.due_at FROM wangge.event_clock AS c WHERE c.event_id = $1 AND c.round = $2 AND c.stage = 'total'),
    due_at = (
      SELECT min(c.due_at) FROM wangge.event_clock AS c
      WHERE c.event_id = $1 AND c.running_since IS NOT NULL AND c.stage NOT IN ('total', 'suspend')),
    overdue_s = (
      SELECT ceil(max(extract(epoch FROM c.stopped_at - c.due_at)))::bigint FROM wangge.event_clock AS c
      WHERE c.event_id = $1 AND c.stage IN ('total', 'handle') AND c.stopped_at > c.due_at)
  WHERE e.id = $1; END
$$
"""
# What the last step of an event does to its clocks, by the edge it took; and what the event says of them.
FOLLOW = f"""
CREATE FUNCTION wangge.follow_clocks(event uuid, seq int) RETURNS void LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  e event;
  l event_log;
  act text;
  stage text;
BEGIN
  SELECT * INTO e FROM event AS x WHERE x.id = $1 FOR NO KEY UPDATE;
  SELECT * INTO l FROM event_log AS x WHERE x.event_id = $1 ORDER BY x.seq DESC LIMIT 1;
  IF l.seq IS DISTINCT FROM $2 THEN
    RAISE EXCEPTION 'clock_order: not the last step of the event' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  FOR act IN
    SELECT unnest(w.clock) FROM workflow_edge AS w
    WHERE w.workflow_id = e.workflow_id AND w.command = l.action AND w.from_status = l.from_status
      AND w.to_status = l.to_status
  LOOP
    stage := nullif(split_part(act, ':', 2), '');
    CASE split_part(act, ':', 1)
      WHEN 'start' THEN PERFORM clock_start(e, stage, l.at, l.action);
      WHEN 'stop' THEN PERFORM clock_stop(e.id, stage, l.at, 'done');
      WHEN 'end' THEN PERFORM clock_stop(e.id, NULL, l.at, CASE l.to_status WHEN 'closed' THEN 'done' ELSE 'ended' END);
      WHEN 'round' THEN PERFORM clock_stop(e.id, NULL, l.at, 'ended');
      WHEN 'pause' THEN
        PERFORM clock_pause(e, l.at, coalesce(l.details ->> 'reason', l.note), clock_until(l.details -> 'data' ->> 'until'));
      WHEN 'resume' THEN PERFORM clock_resume(e, l.at);
      WHEN 'extend' THEN
        PERFORM clock_extend(e.id, stage, l.seq);
        PERFORM clock_lengthen(e);
      WHEN 'freeze' THEN PERFORM clock_lengthen(e);
      WHEN 'reopen' THEN PERFORM clock_reopen(e);
      ELSE RAISE EXCEPTION 'unknown_clock_act: %', act USING ERRCODE = 'invalid_parameter_value';
    END CASE;
  END LOOP;
  IF act IS NOT NULL THEN
    PERFORM clock_told(e.id, e.round);
  END IF;
END $$
"""
STATEMENTS = (START, STOP, PAUSE, RESUME, LENGTHEN, EXTEND, REOPEN, UNTIL, TOLD, FOLLOW)
CALLED = ("follow_clocks(uuid, int)",)
INNER = (
    "clock_told(uuid, int)", "clock_until(text)", "clock_reopen(wangge.event)", "clock_extend(uuid, text, int)",
    "clock_lengthen(wangge.event)", "clock_resume(wangge.event, timestamptz)",
    "clock_pause(wangge.event, timestamptz, text, timestamptz)", "clock_stop(uuid, text, timestamptz, text)",
    "clock_start(wangge.event, text, timestamptz, text)",
)  # fmt: skip


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for function in (*CALLED, *INNER):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    for function in CALLED:
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")


def downgrade() -> None:
    for function in (*CALLED, *INNER):
        op.execute(f"DROP FUNCTION wangge.{function}")
