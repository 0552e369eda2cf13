"""Samples that can be explained and not guessed, tasks for somebody else, and what ratings, rounds and appeals keep.

The tables are written by `rating_follow` alone, from the rows of the log: whoever calls it makes nothing up.
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0019t"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
HERE = "SET search_path = wangge, pg_temp"
MAINTAINS = "(SELECT wangge.maintains())"

# The most particular row: of the nearest family of matters, then of the deepest area.
RULE_FOR = f"""
CREATE FUNCTION wangge.rating_rule_for(area int, category int) RETURNS wangge.rating_rule
LANGUAGE plpgsql STABLE {HERE} AS $$
#variable_conflict use_column
BEGIN
  RETURN (
  WITH RECURSIVE family AS (
    SELECT c.id, c.parent_id, 0 AS step FROM category AS c WHERE c.id = $2
    UNION ALL SELECT c.id, c.parent_id, step + 1 FROM family JOIN category AS c ON c.id = family.parent_id
  )
  SELECT r FROM rating_rule AS r JOIN area AS a ON a.id = $1 LEFT JOIN family AS f ON f.id = r.category_id
  WHERE (r.area_id IS NULL OR r.area_id = ANY(a.path)) AND (r.category_id IS NULL OR f.id IS NOT NULL)
  ORDER BY f.step NULLS LAST, array_position(a.path, r.area_id) DESC NULLS LAST LIMIT 1
  ); END
$$
"""
# A number from 0 to below 1 out of the event and its round: the same whenever it is asked for, and not to be known
# before by whoever lacks the secret of the installation. Once drawn it stays, with the share that counted.
DRAW = f"""
CREATE FUNCTION wangge.draw_sample(event uuid, kind text) RETURNS boolean LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  e event;
  r rating_rule;
  part float8;
  drawn float8;
  chosen boolean;
BEGIN
  SELECT x.* INTO e FROM event AS x WHERE x.id = $1;
  SELECT s.taken INTO chosen FROM event_sample AS s WHERE s.event_id = $1 AND s.round = e.round AND s.kind = $2;
  IF FOUND OR e.id IS NULL THEN
    RETURN chosen;
  END IF;
  r := rating_rule_for(e.scope_area_id, e.category_id);
  part := CASE $2 WHEN 'call_back' THEN r.call_back_share ELSE r.self_handled_share END;
  IF part IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT ('x' || left(encode(sha256(s.secret || convert_to(concat_ws('/', $2, e.id, e.round), 'UTF8')), 'hex'), 13))
    ::bit(52)::bigint / 4503599627370496.0 INTO drawn FROM sample_secret AS s;
  INSERT INTO event_sample (event_id, round, kind, draw, share, rule_id, taken)
  VALUES (e.id, e.round, $2, drawn, part, r.id, drawn < part)
  RETURNING taken INTO chosen;
  RETURN chosen;
END $$
"""
# Why an account does not inspect an event: it handled it in this round (or reported it), or it belongs to a
# department that handled it, above or below that one.
CONFLICT = f"""
CREATE FUNCTION wangge.inspection_conflict(event uuid, account int) RETURNS text LANGUAGE sql STABLE {OWNER} AS $$
  WITH e AS (SELECT x.* FROM event AS x WHERE x.id = $1), handled AS (
    SELECT l.account_id AS id FROM event_log AS l, e WHERE l.event_id = e.id AND l.round = e.round
      AND l.action IN ('self_handle', 'feedback', 'co_feedback') AND l.account_id IS NOT NULL
    UNION SELECT e.handler_id FROM e WHERE e.handler_id IS NOT NULL
  ), held AS (
    SELECT g.account_id, g.department_id FROM role_grant AS g
    WHERE g.department_id IS NOT NULL AND g.ended_at IS NULL
      AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
  ), concerned AS (
    SELECT e.department_id AS id FROM e WHERE e.department_id IS NOT NULL
    UNION SELECT unnest(e.co_departments) FROM e
    UNION SELECT held.department_id FROM held JOIN handled ON handled.id = held.account_id
  )
  SELECT CASE
    WHEN $2 IN (SELECT id FROM handled) THEN 'same_person'
    WHEN EXISTS (
      SELECT FROM held JOIN department AS mine ON mine.id = held.department_id, concerned
      JOIN department AS theirs ON theirs.id = concerned.id
      WHERE held.account_id = $2 AND (theirs.id = ANY(mine.path) OR mine.id = ANY(theirs.path))
    ) THEN 'same_department'
  END
$$
"""
# Whoever may inspect there and has no part in it: of the deepest area first, then with the fewest open tasks.
INSPECTOR = f"""
CREATE FUNCTION wangge.inspector_for(event uuid, kind text) RETURNS int LANGUAGE sql STABLE {OWNER} AS $$
  SELECT g.account_id
  FROM event AS e
  JOIN area AS a ON a.id = ANY(e.scope_path)
  JOIN role_grant AS g ON g.area_id = a.id AND g.ended_at IS NULL
    AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
    AND (g.categories IS NULL OR e.category_id = ANY(g.categories))
  JOIN role_permission AS rp ON rp.role = g.role AND rp.permission = 'events.inspect'
  JOIN account AS o ON o.id = g.account_id AND o.disabled_at IS NULL
  WHERE e.id = $1 AND inspection_conflict(e.id, g.account_id) IS NULL
    AND NOT ($2 = 'verification' AND g.account_id = coalesce(e.reporter_id, 0))
  GROUP BY g.account_id
  ORDER BY max(cardinality(a.path)) DESC, (
    SELECT count(*) FROM inspection_task AS t WHERE t.assignee_id = g.account_id AND t.state = 'open'
  ), g.account_id LIMIT 1
$$
"""
# What a row of the log leaves behind. Called again for the same row it changes nothing.
FOLLOW = f"""
CREATE FUNCTION wangge.rating_follow(event uuid, seq int) RETURNS jsonb LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  e event;
  l event_log;
  r rating_rule;
  said jsonb;
  chosen int;
BEGIN
  SELECT x.* INTO e FROM event AS x WHERE x.id = $1 FOR NO KEY UPDATE;
  SELECT x.* INTO l FROM event_log AS x WHERE x.event_id = $1 AND x.seq = $2;
  IF NOT FOUND THEN
    RETURN '{{}}';
  END IF;
  said := coalesce(l.details -> 'data', '{{}}');
  r := rating_rule_for(e.scope_area_id, e.category_id);
  CASE
    WHEN l.action IN ('send_inspection', 'send_verification') THEN
      chosen := inspector_for($1, CASE l.action WHEN 'send_inspection' THEN 'inspection' ELSE 'verification' END);
      INSERT INTO inspection_task (event_id, seq, round, kind, assignee_id, assigned_at)
      VALUES ($1, $2, l.round, CASE l.action WHEN 'send_inspection' THEN 'inspection' ELSE 'verification' END,
        chosen, l.at)
      ON CONFLICT DO NOTHING;
      RETURN jsonb_build_object('inspector', chosen);
    WHEN l.action IN ('pass_inspection', 'fail_inspection', 'verify', 'recall', 'return', 'force_close', 'cancel', 'merge') THEN
      UPDATE inspection_task AS t SET done_at = l.at, done_by = l.account_id, state = CASE
        WHEN l.action IN ('pass_inspection', 'verify') THEN 'passed'
        WHEN l.action IN ('fail_inspection', 'return') THEN 'failed' ELSE 'recalled' END
      WHERE t.event_id = $1 AND t.state = 'open' AND t.seq < $2;
    ELSE NULL;
  END CASE;
  IF l.to_status <> coalesce(l.from_status, '') AND l.to_status IN ('closed', 'rejected', 'cancelled') AND r.id IS NOT NULL THEN
    INSERT INTO event_round (event_id, round, ended_at, ended_as, outcome, department_id, handler_id, promised_at,
      overdue_s, exempt, rate_until, object_until)
    VALUES ($1, l.round, l.at, l.to_status, said ->> 'outcome', e.department_id, e.handler_id, e.promised_at,
      e.overdue_s, e.exempt, CASE l.to_status WHEN 'closed' THEN l.at + make_interval(days => r.rate_days) END,
      l.at + make_interval(days => r.object_days))
    ON CONFLICT DO NOTHING;
    IF l.to_status = 'closed' AND e.status = 'closed' AND draw_sample($1, 'call_back') AND NOT EXISTS (
      SELECT FROM call_back AS c WHERE c.event_id = $1 AND c.round = l.round AND c.sampled
    ) THEN
      INSERT INTO call_back (event_id, round, sampled, asked_at, due_at)
      VALUES ($1, l.round, true, l.at, l.at + make_interval(days => r.call_back_days));
    END IF;
  ELSIF l.action = 'rate' THEN
    INSERT INTO event_rating (event_id, round, score, solved, words, at, account_id)
    VALUES ($1, l.round, (said ->> 'score')::int, said ->> 'solved', l.note, l.at, l.account_id)
    ON CONFLICT DO NOTHING;
  ELSIF l.action = 'object' THEN
    UPDATE event_round AS x SET objected_at = l.at, objection = l.details ->> 'reason'
    WHERE x.event_id = $1 AND x.round = l.round - 1 AND x.objected_at IS NULL;
  ELSIF l.action = 'call_back' THEN
    IF NOT EXISTS (SELECT FROM call_back AS c WHERE c.event_id = $1 AND c.seq = $2) THEN
      UPDATE call_back AS c SET seq = $2, done_at = l.at, done_by = l.account_id, words = l.note,
        reached = (said ->> 'reached')::boolean, answered = (said ->> 'answered')::boolean,
        solved = said ->> 'solved', satisfied = (said ->> 'satisfied')::boolean,
        omitted = coalesce((said ->> 'reached')::boolean AND NOT (said ->> 'answered')::boolean, false)
      WHERE c.id = (SELECT o.id FROM call_back AS o
        WHERE o.event_id = $1 AND o.round = l.round AND o.done_at IS NULL LIMIT 1);
      IF NOT FOUND THEN
        INSERT INTO call_back (event_id, round, seq, sampled, asked_at, done_at, done_by, words, reached, answered,
          solved, satisfied, omitted)
        VALUES ($1, l.round, $2, false, l.at, l.at, l.account_id, l.note, (said ->> 'reached')::boolean,
          (said ->> 'answered')::boolean, said ->> 'solved', (said ->> 'satisfied')::boolean,
          coalesce((said ->> 'reached')::boolean AND NOT (said ->> 'answered')::boolean, false));
      END IF;
    END IF;
  ELSIF l.action = 'appeal' THEN
    INSERT INTO overdue_appeal (event_id, round, department_id, asked_at, asked_by, reason)
    VALUES ($1, l.round, e.department_id, l.at, l.account_id, l.details ->> 'reason') ON CONFLICT DO NOTHING;
  ELSIF l.action IN ('grant_appeal', 'deny_appeal') THEN
    UPDATE overdue_appeal AS o SET decided_at = l.at, decided_by = l.account_id, granted = l.action = 'grant_appeal',
      decision = l.details ->> 'reason'
    WHERE o.event_id = $1 AND o.round = l.round AND o.decided_at IS NULL;
    UPDATE event_round AS x SET exempt = true
    WHERE x.event_id = $1 AND x.round = l.round AND l.action = 'grant_appeal';
  END IF;
  RETURN '{{}}';
END $$
"""
# The first of two reviewers: whoever approves there, has not asked, and is not of the department.
REVIEW = f"""
CREATE FUNCTION wangge.review_appeal(event uuid, favour boolean, opinion text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  e event;
  o overdue_appeal;
BEGIN
  SELECT x.* INTO e FROM event AS x WHERE x.id = $1
    AND covers_event('events.read', x.scope_area_id, x.department_id, x.category_id) FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN '{{"refused": "no_such_event"}}';
  ELSIF NOT covers_event('events.approve', e.scope_area_id, e.department_id, e.category_id) OR account_id() IS NULL THEN
    RETURN '{{"refused": "not_permitted"}}';
  END IF;
  SELECT x.* INTO o FROM overdue_appeal AS x WHERE x.event_id = $1 AND x.round = e.round FOR NO KEY UPDATE;
  IF NOT FOUND OR o.decided_at IS NOT NULL THEN
    RETURN '{{"refused": "nothing_asked"}}';
  ELSIF o.asked_by = account_id() OR inspection_conflict($1, account_id()) IS NOT NULL THEN
    RETURN '{{"refused": "same_department"}}';
  ELSIF o.reviewed_by = account_id() AND o.favour = $2 AND o.opinion = $3 THEN
    RETURN jsonb_build_object('replay', true, 'at', o.reviewed_at, 'round', o.round, 'area', e.scope_area_id);
  ELSIF o.reviewed_at IS NOT NULL THEN
    RETURN '{{"refused": "reviewed_already"}}';
  END IF;
  UPDATE overdue_appeal AS x SET reviewed_at = workflow_now(), reviewed_by = account_id(), favour = $2, opinion = $3
  WHERE x.event_id = $1 AND x.round = e.round RETURNING x.* INTO o;
  RETURN jsonb_build_object('replay', false, 'at', o.reviewed_at, 'round', o.round, 'area', e.scope_area_id);
END $$
"""
# Whatever way a row of the log came: no inspection by the handler's department, no exemption by one person alone.
SEPARATE = f"""
CREATE FUNCTION wangge.log_separated() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  why text;
BEGIN
  IF NEW.action = 'grant_appeal' THEN
    SELECT CASE WHEN NOT o.favour OR o.favour IS NULL THEN 'not reviewed in favour'
      WHEN o.reviewed_by IS NOT DISTINCT FROM NEW.account_id THEN 'the same reviewer' END
    INTO why FROM overdue_appeal AS o WHERE o.event_id = NEW.event_id AND o.round = NEW.round;
    why := CASE WHEN FOUND THEN why ELSE 'nobody asked' END;
  ELSE
    why := inspection_conflict(NEW.event_id, NEW.account_id);
  END IF;
  IF why IS NOT NULL THEN
    RAISE EXCEPTION 'illegal_history: % by %: %', NEW.action, NEW.actor, why
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""
SEPARATE_TRIGGER = """
CREATE CONSTRAINT TRIGGER event_log_separated AFTER INSERT ON wangge.event_log DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.action IN ('pass_inspection', 'fail_inspection', 'grant_appeal'))
EXECUTE FUNCTION wangge.log_separated()
"""
# What counts for an area and a family of matters, by whoever edits rules there.
PUT_RULE = f"""
CREATE FUNCTION wangge.put_rating_rule(area text, category text, given jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
DECLARE
  place int := (SELECT a.id FROM area AS a WHERE a.code = $1 AND a.valid_to IS NULL);
  family int := (SELECT c.id FROM category AS c WHERE c.scheme || ':' || c.kind || ':' || c.code = $2);
  made int;
BEGIN
  IF $1 IS NOT NULL AND place IS NULL THEN
    RETURN '{{"refused": "unknown_area"}}';
  ELSIF $2 IS NOT NULL AND family IS NULL THEN
    RETURN '{{"refused": "unknown_category"}}';
  ELSIF NOT rules_held(place) THEN
    RETURN '{{"refused": "outside_scope"}}';
  END IF;
  INSERT INTO rating_rule (area_id, category_id, self_handled_share, call_back_share, rate_days, object_days,
    call_back_days)
  VALUES (place, family, (given ->> 'self_handled_share')::float8, (given ->> 'call_back_share')::float8,
    (given ->> 'rate_days')::int, (given ->> 'object_days')::int, (given ->> 'call_back_days')::int)
  ON CONFLICT (area_id, category_id) DO UPDATE SET self_handled_share = excluded.self_handled_share,
    call_back_share = excluded.call_back_share, rate_days = excluded.rate_days, object_days = excluded.object_days,
    call_back_days = excluded.call_back_days
  RETURNING id INTO made;
  RETURN jsonb_build_object('id', made, 'area', place);
END $$
"""
CALLED = {
    "rating_rule_for(int, int)": RULE_FOR,
    "draw_sample(uuid, text)": DRAW,
    "inspection_conflict(uuid, int)": CONFLICT,
    "inspector_for(uuid, text)": INSPECTOR,
    "rating_follow(uuid, int)": FOLLOW,
    "review_appeal(uuid, boolean, text)": REVIEW,
    "put_rating_rule(text, text, jsonb)": PUT_RULE,
}
RULES = ("rating_rule", "rating_scale")
OF_EVENT = (
    "event_sample", "inspection_task", "event_round", "event_rating", "call_back", "overdue_appeal",
)  # fmt: skip
CLOSED = ("sample_secret",)


def upgrade() -> None:
    for statement in CALLED.values():
        op.execute(statement)
    op.execute(SEPARATE)
    op.execute(SEPARATE_TRIGGER)
    for signature in (*CALLED, "log_separated()"):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
    for signature in CALLED:
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")
    for table in (*OF_EVENT, *CLOSED):
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
        )
    for table in (*RULES, *OF_EVENT):
        op.execute(f"GRANT SELECT ON wangge.{table} TO {API}")
    for table in OF_EVENT:
        op.execute(
            f"CREATE POLICY {table}_read ON wangge.{table} FOR SELECT TO {API}"
            " USING (EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id))"
        )
    for table in (*OF_EVENT, RULES[0]):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER event_log_separated ON wangge.event_log")
    for signature in ("log_separated()", *reversed(CALLED)):
        op.execute(f"DROP FUNCTION wangge.{signature}")
    for table in OF_EVENT:
        op.execute(f"DROP POLICY {table}_read ON wangge.{table}")
    for table in (*OF_EVENT, RULES[0]):
        op.execute(f"DROP TRIGGER unaudited_write ON wangge.{table}")
