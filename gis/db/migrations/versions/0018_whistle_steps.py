"""What the whistle's machine lets happen: two functions of the owner for the web edge, guards for every role."""

from __future__ import annotations

from alembic import op

revision = "0018f"
down_revision = "0018"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
HERE = "SET search_path = wangge, pg_temp"

# Whoever acts as the owner of the tables in the scope of maintenance: imports, and the clocks of the worker.
SYSTEM = f"""
CREATE FUNCTION wangge.whistle_system() RETURNS boolean LANGUAGE sql STABLE {HERE} AS $$
  SELECT coalesce(current_setting('wangge.maintenance', true) = 'on', false) AND pg_has_role(
    CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END,
    (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'wangge.whistle'::regclass), 'MEMBER')
$$
"""
HANDLES = f"""
CREATE FUNCTION wangge.whistle_handles(department int) RETURNS boolean LANGUAGE sql STABLE {HERE} AS $$
  SELECT EXISTS (SELECT FROM department AS d WHERE d.id = $1 AND d.path && scope_departments('events.handle'))
$$
"""
# Departments learn of a whistle when it is approved. As the owner: the policy of answers asks for the whistle.
CALLS = f"""
CREATE FUNCTION wangge.whistle_calls(whistle uuid) RETURNS boolean LANGUAGE sql STABLE {OWNER} AS $$
  SELECT EXISTS (
    SELECT FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id
    WHERE a.whistle_id = $1 AND a.called_at IS NOT NULL AND d.path && scope_departments('events.read')
  )
$$
"""
# The same for many whistles at once: every one that calls a department of the reader.
CALLED_UPON = f"""
CREATE FUNCTION wangge.whistles_called() RETURNS SETOF uuid LANGUAGE sql STABLE {OWNER} ROWS 100 AS $$
  SELECT a.whistle_id FROM whistle_answer AS a
  WHERE a.called_at IS NOT NULL AND a.department_id IN (
    SELECT d.id FROM department AS d WHERE d.path && scope_departments('events.read'))
$$
"""
# What is scored, of everything that called a department from a moment to before another: where kpi.read is held over
# the place, as indicators of areas count, or in the department. Numbers come of it, and no whistle is read by it. As the
# owner `maintains` would always be true.
COUNTED = f"""
CREATE FUNCTION wangge.whistle_counted(begins timestamptz, ends timestamptz)
RETURNS TABLE (answer wangge.whistle_answer, appeal text) LANGUAGE sql STABLE {OWNER} AS $$
  SELECT x, p.status
  FROM whistle_answer AS x JOIN whistle AS w ON w.id = x.whistle_id
  LEFT JOIN whistle_appeal AS p ON p.whistle_id = x.whistle_id AND p.department_id = x.department_id
  WHERE x.called_at >= $1 AND x.called_at < $2 AND (
    coalesce(current_setting('wangge.maintenance', true) = 'on', false)
    OR w.area_id IN (SELECT a.id FROM area AS a WHERE a.path && (SELECT scope_areas('kpi.read')))
    OR x.department_id IN (SELECT d.id FROM department AS d WHERE d.path && (SELECT scope_departments('kpi.read'))))
$$
"""
SEES = f"""
CREATE FUNCTION wangge.sees_whistle(w wangge.whistle) RETURNS boolean LANGUAGE sql STABLE {HERE} AS $$
  SELECT coalesce(
    covers('events.read', w.blower_area_id) OR covers('whistle.approve', w.approver_area_id)
    OR w.blown_by = account_id() OR whistle_calls(w.id), false)
$$
"""
# Nobody approves what they blew, a department does not rate itself, and an appeal is decided by somebody who had no
# part in it before.
PARTY = f"""
CREATE FUNCTION wangge.whistle_party(party text, w wangge.whistle, department int) RETURNS boolean
LANGUAGE sql STABLE {HERE} AS $$
  SELECT coalesce(CASE party
    WHEN 'department' THEN whistle_handles(department)
    WHEN 'blower' THEN covers('whistle.blow', w.blower_area_id) AND NOT whistle_handles(department)
    WHEN 'approver' THEN covers('whistle.approve', w.approver_area_id) AND w.blown_by <> account_id()
    WHEN 'decider' THEN covers('whistle.approve', w.approver_area_id) AND NOT whistle_handles(department)
      AND account_id() NOT IN (w.blown_by, w.decided_by) AND NOT EXISTS (
        SELECT FROM whistle_answer AS a LEFT JOIN whistle_appeal AS p USING (whistle_id, department_id)
        WHERE a.whistle_id = w.id AND a.department_id = department AND account_id() IN (a.rated_by, p.asked_by)
      )
    WHEN 'system' THEN whistle_system()
  END, false)
$$
"""
RULE_FOR = f"""
CREATE FUNCTION wangge.whistle_rule_for(area int) RETURNS wangge.whistle_rule LANGUAGE sql STABLE {HERE} AS $$
  SELECT r FROM whistle_rule AS r JOIN area AS a ON a.id = $1
  WHERE r.area_id IS NULL OR r.area_id = ANY(a.path)
  ORDER BY coalesce(array_position(a.path, r.area_id), 0) DESC LIMIT 1
$$
"""
# Accounts that hold a permission over an area, or in a department, nearest to it: whom a notice is for.
HOLDERS = f"""
CREATE FUNCTION wangge.whistle_holders(permission text, area int, department int) RETURNS int[]
LANGUAGE sql STABLE {OWNER} AS $$
  WITH held AS (
    SELECT g.account_id, coalesce(array_position(a.path, g.area_id), array_position(d.path, g.department_id)) AS near
    FROM role_grant AS g
    JOIN role_permission AS rp ON rp.role = g.role AND rp.permission = $1
    JOIN account AS o ON o.id = g.account_id AND o.disabled_at IS NULL
    LEFT JOIN area AS a ON a.id = $2 AND g.area_id = ANY(a.path)
    LEFT JOIN department AS d ON d.id = $3 AND g.department_id = ANY(d.path)
    WHERE num_nonnulls(a.id, d.id) > 0 AND g.ended_at IS NULL AND g.categories IS NULL
      AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
  )
  SELECT coalesce(array_agg(DISTINCT account_id), '{{}}') FROM held WHERE near = (SELECT max(near) FROM held)
$$
"""
# One request with an id at a time; the answer of an earlier one, without content for anybody else.
EARLIER = f"""
CREATE FUNCTION wangge.whistle_earlier(id uuid) RETURNS TABLE (body_sha256 bytea, answer text, elsewhere boolean)
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('whistle command ' || $1::text, 0));
  RETURN QUERY SELECT c.body_sha256, CASE WHEN c.account_id IS NOT DISTINCT FROM account_id() THEN c.answer END,
    c.account_id IS DISTINCT FROM account_id()
  FROM whistle_command AS c WHERE c.id = $1;
END $$
"""
KEEP_ANSWER = f"""
CREATE FUNCTION wangge.whistle_keep_answer(id uuid, whistle uuid, body_sha256 bytea, answer text) RETURNS void
LANGUAGE sql VOLATILE {OWNER} AS $$
  INSERT INTO whistle_command (id, whistle_id, account_id, body_sha256, answer)
  SELECT $1, w.id, account_id(), $3, $4 FROM whistle AS w WHERE w.id = $2 AND (sees_whistle(w) OR whistle_system())
$$
"""
# Blow: `given` holds id, event or (area, lon, lat), reason, urgency, source, address, departments (codes) and
# approve_due. A refusal is told as {"refused": code, ...} and nothing is written.
BLOW = f"""
CREATE FUNCTION wangge.blow_whistle(given jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE {OWNER} AS $$
DECLARE
  w whistle;
  e event;
  r whistle_rule;
  named int[];
  strange text;
BEGIN
  w.area_id := (given ->> 'area')::int;
  w.geom := public.ST_SetSRID(public.ST_MakePoint((given ->> 'lon')::float8, (given ->> 'lat')::float8), 4326);
  IF given ? 'event' THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('whistle event ' || (given ->> 'event'), 0));
    SELECT x.* INTO e FROM event AS x WHERE x.id = (given ->> 'event')::uuid
      AND covers_event('events.read', x.scope_area_id, x.department_id, x.category_id);
    IF NOT FOUND THEN
      RETURN '{{"refused": "no_such_event"}}';
    ELSIF e.closed_at IS NOT NULL THEN
      RETURN '{{"refused": "event_finished"}}';
    END IF;
    w.area_id := e.scope_area_id;
    w.geom := e.geom;
  END IF;
  r := whistle_rule_for(w.area_id);
  SELECT up.id, up.parent_id INTO w.blower_area_id, w.approver_area_id
  FROM area AS a JOIN area AS up ON up.id = ANY(a.path) AND up.level = r.blower_level WHERE a.id = w.area_id;
  IF num_nulls(w.blower_area_id, w.approver_area_id) > 0 THEN
    RETURN '{{"refused": "no_blower_area"}}';
  ELSIF account_id() IS NULL OR NOT covers('whistle.blow', w.blower_area_id) THEN
    RETURN '{{"refused": "outside_scope"}}';
  END IF;
  SELECT min(c.code) FILTER (WHERE d.id IS NULL), array_agg(d.id) INTO strange, named
  FROM jsonb_array_elements_text(given -> 'departments') AS c (code) LEFT JOIN department AS d ON d.code = c.code;
  IF strange IS NOT NULL OR named IS NULL THEN
    RETURN jsonb_build_object('refused', 'unknown_department', 'department', strange);
  END IF;
  SELECT d.code INTO strange FROM whistle_answer AS a JOIN whistle AS x ON x.id = a.whistle_id
  JOIN department AS d ON d.id = a.department_id
  WHERE x.event_id = e.id AND x.status IN ('blown', 'approved') AND a.department_id = ANY(named)
    AND a.status NOT IN ('rated', 'unrated', 'released') LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('refused', 'already_whistled', 'department', strange);
  END IF;
  PERFORM set_config('wangge.whistle_said', jsonb_build_object('subject', 'whistle', 'command', 'blow',
    'said', jsonb_build_object('reason', given -> 'reason', 'departments', given -> 'departments'))::text, true);
  INSERT INTO whistle (id, event_id, area_id, blower_area_id, approver_area_id, rule_id, blown_by, source, reason,
    urgency, address, geom, approve_due)
  VALUES ((given ->> 'id')::uuid, e.id, w.area_id, w.blower_area_id, w.approver_area_id, r.id, account_id(),
    given ->> 'source', given ->> 'reason', given ->> 'urgency', given ->> 'address', w.geom,
    (given ->> 'approve_due')::timestamptz);
  INSERT INTO whistle_answer (whistle_id, department_id) SELECT (given ->> 'id')::uuid, unnest(named);
  RETURN jsonb_build_object('status', 'blown', 'version', 1, 'at', now(), 'area', w.blower_area_id,
    'approver_area', w.approver_area_id, 'event', e.id);
END $$
"""
# One step: permission, version, state, what it requires, distance; then what it changes. Refusals as above.
STEP = f"""
CREATE FUNCTION wangge.whistle_step(whistle uuid, department int, command text, base_version int, said jsonb)
RETURNS jsonb LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  w whistle;
  a whistle_answer;
  r whistle_rule;
  edge whistle_edge;
  kind text;
  state text;
  version_ int;
  lacks text;
  metres float8;
  sure float8 := (said #>> '{{position,accuracy_m}}')::float8;
BEGIN
  SELECT x.* INTO w FROM whistle AS x WHERE x.id = $1 FOR NO KEY UPDATE;
  IF NOT FOUND OR NOT (sees_whistle(w) OR whistle_system()) THEN
    RETURN '{{"refused": "no_such_whistle"}}';
  END IF;
  SELECT x.subject INTO kind FROM whistle_edge AS x
  WHERE x.command = $3 AND x.party <> 'whole' AND (x.subject = 'whistle') = ($2 IS NULL) LIMIT 1;
  IF NOT FOUND THEN
    RETURN '{{"refused": "unknown_command"}}';
  END IF;
  state := w.status;
  version_ := w.version;
  IF $2 IS NOT NULL THEN
    SELECT x.* INTO a FROM whistle_answer AS x WHERE x.whistle_id = $1 AND x.department_id = $2 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RETURN '{{"refused": "department_not_named"}}';
    END IF;
    state := a.status;
    version_ := a.version;
    IF kind = 'appeal' AND a.status = 'rated' THEN
      state := coalesce((SELECT p.status FROM whistle_appeal AS p
        WHERE p.whistle_id = $1 AND p.department_id = $2), 'none');
    END IF;
  END IF;
  IF NOT EXISTS (SELECT FROM whistle_edge AS x
    WHERE x.subject = kind AND x.command = $3 AND whistle_party(x.party, w, $2)) THEN
    RETURN '{{"refused": "not_permitted"}}';
  ELSIF $4 <> version_ THEN
    RETURN jsonb_build_object('refused', 'stale_version', 'version', version_);
  END IF;
  SELECT x.* INTO edge FROM whistle_edge AS x
  WHERE x.subject = kind AND x.command = $3 AND x.from_status = state;
  IF NOT FOUND OR ($3 = 'lapse' AND a.rate_due > now()) THEN
    RETURN jsonb_build_object('refused', 'wrong_state', 'status', state);
  END IF;
  SELECT u.name INTO lacks FROM unnest(edge.requires) WITH ORDINALITY AS u (name, n)
  WHERE NOT CASE u.name
    WHEN 'evidence' THEN said ? 'text' OR coalesce(jsonb_array_length(said -> 'photos'), 0) > 0
    WHEN 'ratings' THEN said ?& ARRAY['timeliness', 'effort', 'result', 'solved']
    ELSE said ? u.name
  END ORDER BY u.n LIMIT 1;
  SELECT x.* INTO r FROM whistle_rule AS x WHERE x.id = w.rule_id;
  IF lacks IS NOT NULL THEN
    RETURN jsonb_build_object('refused', 'missing', 'member', lacks);
  ELSIF $3 = 'return' AND a.returns >= r.most_returns THEN
    RETURN jsonb_build_object('refused', 'returned_too_often', 'most', r.most_returns);
  ELSIF $3 = 'arrive' THEN
    metres := public.ST_Distance(w.geom::public.geography, public.ST_SetSRID(public.ST_MakePoint(
      (said #>> '{{position,lon}}')::float8, (said #>> '{{position,lat}}')::float8), 4326)::public.geography);
    IF sure IS NULL OR sure > r.worst_accuracy_m THEN
      RETURN jsonb_build_object('refused', 'position_unsure', 'accuracy_m', sure, 'most_m', r.worst_accuracy_m);
    ELSIF metres - sure > r.max_distance_m THEN
      RETURN jsonb_build_object('refused', 'too_far', 'distance_m', round(metres), 'most_m', r.max_distance_m);
    END IF;
  END IF;
  IF $3 NOT IN ('approve', 'resolve') THEN
    said := said - 'due';
  END IF;
  PERFORM set_config('wangge.whistle_said', jsonb_build_object('subject', kind, 'command', $3,
    'said', (said - 'position' - 'due') || jsonb_strip_nulls(jsonb_build_object('distance_m', round(metres))))::text, true);
  IF kind = 'whistle' THEN
    UPDATE whistle SET status = edge.to_status, version = version + 1,
      decided_at = CASE WHEN $3 <> 'withdraw' THEN now() END,
      decided_by = CASE WHEN $3 <> 'withdraw' THEN account_id() END,
      decision = coalesce(said ->> 'reason', said ->> 'text'), closed_at = CASE WHEN $3 <> 'approve' THEN now() END
    WHERE id = $1;
    UPDATE whistle_answer SET version = version + 1, status = CASE $3 WHEN 'approve' THEN 'called' ELSE 'void' END,
      called_at = CASE $3 WHEN 'approve' THEN now() END,
      accept_due = (said #>> '{{due,accept}}')::timestamptz, arrive_due = (said #>> '{{due,arrive}}')::timestamptz,
      plan_due = (said #>> '{{due,plan}}')::timestamptz, result_due = (said #>> '{{due,result}}')::timestamptz
    WHERE whistle_id = $1;
  ELSIF kind = 'appeal' THEN
    IF $3 = 'appeal' THEN
      INSERT INTO whistle_appeal (whistle_id, department_id, reason, asked_by)
      VALUES ($1, $2, said ->> 'reason', account_id());
    ELSE
      UPDATE whistle_appeal SET status = edge.to_status, decided_at = now(), decided_by = account_id(),
        decision = said ->> 'reason' WHERE whistle_id = $1 AND department_id = $2;
    END IF;
    UPDATE whistle_answer SET version = version + 1 WHERE whistle_id = $1 AND department_id = $2;
  ELSE
    UPDATE whistle_answer SET status = edge.to_status, version = version + 1,
      accepted_at = CASE $3 WHEN 'accept' THEN now() ELSE accepted_at END,
      arrived_at = CASE WHEN $3 IN ('arrive', 'witness') THEN now() ELSE arrived_at END,
      arrival_distance_m = CASE $3 WHEN 'arrive' THEN round(metres) ELSE arrival_distance_m END,
      arrival_accuracy_m = CASE $3 WHEN 'arrive' THEN sure ELSE arrival_accuracy_m END,
      witnessed = witnessed OR $3 = 'witness',
      planned_at = CASE $3 WHEN 'plan' THEN now() ELSE planned_at END,
      plan = CASE $3 WHEN 'plan' THEN said ->> 'text' ELSE plan END,
      promised_at = CASE $3 WHEN 'plan' THEN (said ->> 'until')::timestamptz ELSE promised_at END,
      resolved_at = CASE $3 WHEN 'resolve' THEN now() WHEN 'return' THEN NULL ELSE resolved_at END,
      outcome = CASE $3 WHEN 'resolve' THEN said ->> 'outcome' WHEN 'return' THEN NULL ELSE outcome END,
      report = CASE $3 WHEN 'resolve' THEN said ->> 'text' ELSE report END,
      rate_due = CASE $3 WHEN 'resolve' THEN (said #>> '{{due,rate}}')::timestamptz
        WHEN 'return' THEN NULL ELSE rate_due END,
      returns = returns + ($3 = 'return')::int,
      rated_at = CASE $3 WHEN 'rate' THEN now() END, rated_by = CASE $3 WHEN 'rate' THEN account_id() END,
      timeliness = (said ->> 'timeliness')::int, effort = (said ->> 'effort')::int,
      result = (said ->> 'result')::int, solved = said ->> 'solved',
      remark = CASE $3 WHEN 'rate' THEN said ->> 'text' END
    WHERE whistle_id = $1 AND department_id = $2;
    INSERT INTO whistle_photo (whistle_id, sha256, department_id)
    SELECT $1, p.name, $2 FROM jsonb_array_elements_text(said -> 'photos') AS p (name) WHERE $3 = 'resolve'
    ON CONFLICT DO NOTHING;
    UPDATE whistle SET status = 'closed', version = version + 1, closed_at = now()
    WHERE id = $1 AND NOT EXISTS (SELECT FROM whistle_answer AS x
      WHERE x.whistle_id = $1 AND x.status NOT IN ('rated', 'unrated', 'released'));
  END IF;
  SELECT jsonb_build_object('status', x.status, 'version', x.version, 'at', now(), 'area', x.blower_area_id,
    'approver_area', x.approver_area_id, 'event', x.event_id, 'blown_by', x.blown_by, 'department_id', $2,
    'answer', (SELECT jsonb_build_object('status', y.status, 'version', y.version) FROM whistle_answer AS y
      WHERE y.whistle_id = $1 AND y.department_id = $2),
    'departments', (SELECT jsonb_agg(y.department_id) FROM whistle_answer AS y WHERE y.whistle_id = $1))
  INTO said FROM whistle AS x WHERE x.id = $1;
  RETURN said;
END $$
"""
# (signature, statement), in the order they are made.
FUNCTIONS = (
    ("whistle_system()", SYSTEM), ("whistle_handles(int)", HANDLES), ("whistle_calls(uuid)", CALLS),
    ("whistles_called()", CALLED_UPON), ("whistle_counted(timestamptz, timestamptz)", COUNTED),
    ("sees_whistle(wangge.whistle)", SEES), ("whistle_party(text, wangge.whistle, int)", PARTY),
    ("whistle_rule_for(int)", RULE_FOR), ("whistle_holders(text, int, int)", HOLDERS),
    ("whistle_earlier(uuid)", EARLIER), ("whistle_keep_answer(uuid, uuid, bytea, text)", KEEP_ANSWER),
    ("blow_whistle(jsonb)", BLOW), ("whistle_step(uuid, int, text, int, jsonb)", STEP),
)  # fmt: skip


def upgrade() -> None:
    for signature, statement in FUNCTIONS:
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")


def downgrade() -> None:
    for signature, _ in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION wangge.{signature}")
