"""What is asked of similar events, of who said “me too”, of merging, answers and sensors: functions and policies."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0017t"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
OF_EVENT = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
RULES_HELD = (
    "EXISTS (SELECT FROM wangge.area AS a WHERE a.id = {area}"
    " AND a.path && (SELECT wangge.scope_areas('rules.edit')))"
)

# A code stands for its event; the code of a “me too” for the event it was said of; both for what that was merged into.
STANDS_FOR = """
CREATE FUNCTION wangge.stands_for(code text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
  SELECT coalesce(master.tracking_code, e.tracking_code)
  FROM event AS e LEFT JOIN event AS master ON master.id = e.merged_into
  WHERE e.id = coalesce(
    (SELECT x.id FROM event AS x WHERE x.tracking_code = $1),
    (SELECT m.event_id FROM me_too AS m WHERE m.tracking_code = $1)
  )
$$
"""
# The receipt of a report only for the same body of the same sender.
RECEIPT_FOR = """
CREATE FUNCTION wangge.receipt_for(r wangge.report, body bytea) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN r.body_sha256 = body
    AND coalesce(coalesce(r.reporter_id, r.recorded_by) = wangge.account_id(), true) THEN r.receipt::text END
$$
"""
# What is stored under ids of reports already.
EARLIER = """
CREATE FUNCTION wangge.earlier_reports(ids uuid[], bodies bytea[])
RETURNS TABLE (place int, receipt text) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT given.place::int,
    r.receipt
  FROM unnest(ids, bodies) WITH ORDINALITY AS given (id, body, place)
  CROSS JOIN LATERAL (
    SELECT receipt_for(x, given.body) AS receipt FROM report AS x WHERE x.id = given.id LIMIT 1
  ) AS r;
END $$
"""
# Everybody who says that it is there counts once: those who said “me too” of it or of what was merged into it, and
# those whose report was.
COUNT_PEOPLE = """
CREATE FUNCTION wangge.count_people(event uuid) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
  SELECT count(DISTINCT said.who)::int FROM (
    SELECT encode(m.who, 'hex') AS who FROM me_too AS m
    WHERE m.event_id = $1 OR m.event_id IN (SELECT x.id FROM event AS x WHERE x.merged_into = $1)
    UNION ALL
    SELECT r.id::text FROM event AS x JOIN report AS r ON r.event_id = x.id WHERE x.merged_into = $1
  ) AS said
$$
"""
SAY_ME_TOO = """
CREATE FUNCTION wangge.say_me_too(event uuid, who bytea, code text)
RETURNS TABLE (event_id uuid, area int, tracking_code text, people int, again boolean, finished boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  here record;
  kept record;
BEGIN
  IF actor() IS NULL THEN
    RAISE EXCEPTION 'no_actor: nobody acts in this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT e.id, e.scope_area_id, e.closed_at INTO here FROM event AS e
  WHERE e.id = coalesce((SELECT x.merged_into FROM event AS x WHERE x.id = $1), $1) FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF here.closed_at IS NOT NULL THEN
    RETURN QUERY SELECT here.id, here.scope_area_id, NULL::text, 0, false, true;
    RETURN;
  END IF;
  -- Said again it is the same voice; that it is still there a day later is worth knowing.
  INSERT INTO me_too AS m (event_id, who, account_id, tracking_code) VALUES (here.id, $2, account_id(), $3)
  ON CONFLICT ON CONSTRAINT uq_me_too_event_id_who DO UPDATE
    SET last_at = now(), times = m.times + (now() > m.last_at + interval '1 day')::int
  RETURNING m.tracking_code, m.tracking_code <> $3 AS again INTO kept;
  UPDATE event SET me_too = count_people(here.id) WHERE id = here.id;
  RETURN QUERY SELECT here.id, here.scope_area_id, kept.tracking_code::text, count_people(here.id), kept.again, false;
END $$
"""
# What everybody may know of open matters nearby: things of the city that stand in public space. The place is that of
# a square of fifty metres, so that asking from many sides tells no more.
SIMILAR_PUBLIC = """
CREATE FUNCTION wangge.similar_public(cells int[], near public.geometry, category int)
RETURNS TABLE (id uuid, category_id int, related boolean, opened_at timestamptz, lon float8, lat float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT e.id, e.category_id, e.category_id <> $3, e.opened_at,
    (floor(public.ST_X(e.geom) / 0.0006) + 0.5) * 0.0006, (floor(public.ST_Y(e.geom) / 0.00045) + 0.5) * 0.00045
  FROM event AS e
  JOIN category AS c ON c.id = e.category_id
  JOIN category AS asked ON asked.id = $3
  WHERE e.cell = ANY($1) AND e.geom OPERATOR(public.&&) $2 AND e.closed_at IS NULL AND NOT e.confidential
    AND c.kind IN ('component', 'matter')
    AND (c.id = asked.id OR c.parent_id = asked.parent_id OR c.parent_id = asked.id OR c.id = asked.parent_id)
    AND NOT EXISTS (
      SELECT FROM report AS r WHERE r.event_id = e.id
        AND (r.confidential OR r.compound_id IS NOT NULL OR r.building_id IS NOT NULL OR r.entrance_id IS NOT NULL)
    )
    AND NOT EXISTS (SELECT FROM compound AS p WHERE public.ST_Intersects(p.geom, e.geom))
    AND NOT EXISTS (SELECT FROM building AS b WHERE public.ST_Intersects(b.geom, e.geom))
  ORDER BY e.opened_at DESC, e.id
  LIMIT 200
$$
"""
# The answer to “is this the right grid?”; whoever holds the tracking code, or sent it, gives it once.
CONFIRM = """
CREATE FUNCTION wangge.confirm_report(report uuid, code text, said text, lon float8, lat float8)
RETURNS TABLE (area int, state text, given text, given_at timestamptz) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  here record;
  kept record;
BEGIN
  IF actor() IS NULL THEN
    RAISE EXCEPTION 'no_actor: nobody acts in this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT r.id, e.id AS event_id, e.scope_area_id, (r.receipt ->> 'confirm')::boolean AS asked INTO here
  FROM report AS r JOIN event AS e ON e.id = r.event_id
  WHERE r.id = $1 AND (e.tracking_code = $2 OR coalesce(r.reporter_id, r.recorded_by) = account_id())
  FOR NO KEY UPDATE OF e;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF NOT here.asked THEN
    RETURN QUERY SELECT here.scope_area_id, 'not_asked', NULL::text, NULL::timestamptz;
    RETURN;
  END IF;
  INSERT INTO report_confirmation AS c (report_id, answer, geom, account_id)
  VALUES (here.id, $3, public.ST_SetSRID(public.ST_MakePoint($4, $5), 4326), account_id())
  ON CONFLICT (report_id) DO NOTHING RETURNING c.answer, c.at INTO kept;
  IF FOUND THEN
    IF $3 = 'yes' THEN
      UPDATE event SET confirm = false WHERE id = here.event_id;
    END IF;
    RETURN QUERY SELECT here.scope_area_id, 'new', kept.answer::text, kept.at;
    RETURN;
  END IF;
  RETURN QUERY SELECT here.scope_area_id,
    CASE WHEN c.answer = $3 AND public.ST_X(c.geom) IS NOT DISTINCT FROM $4 AND public.ST_Y(c.geom) IS NOT DISTINCT FROM $5
      THEN 'same' ELSE 'other' END, c.answer::text, c.at
  FROM report_confirmation AS c WHERE c.report_id = here.id;
END $$
"""
# What is needed to hear a sensor, by the code it says: its key is sealed and of no use in the database.
SENSOR_TOLD = """
CREATE FUNCTION wangge.sensor_told(code text) RETURNS TABLE (
  id int, key_sealed bytea, category text, text text, urgency text, lon float8, lat float8, scope_area_id int
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT s.id, s.key_sealed, c.scheme || ':' || c.kind || ':' || c.code, s.text, s.urgency, public.ST_X(s.geom), public.ST_Y(s.geom),
    s.scope_area_id
  FROM sensor AS s JOIN category AS c ON c.id = s.category_id WHERE s.code = $1 AND s.enabled
$$
"""
# One alarm, once: heard before, part of a storm that has its event, or (no event yet) the first of a new one. The
# sensor is locked, so that a storm on many connections opens one event.
SENSOR_ALARM = """
CREATE FUNCTION wangge.sensor_alarm(sensor int, mark bytea)
RETURNS TABLE (event_id uuid, number text, alarms int, heard boolean) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known record;
  storm record;
BEGIN
  SELECT s.snooze_s INTO known FROM sensor AS s WHERE s.id = $1 AND s.enabled FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no_such_sensor' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM sensor_alarm AS a WHERE a.sensor_id = $1 AND a.at < now() - interval '1 day';
  INSERT INTO sensor_alarm AS a (sensor_id, mark) VALUES ($1, $2) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN QUERY SELECT w.event_id, e.number::text, a.alarms, true FROM sensor_alarm AS a
    JOIN sensor_storm AS w ON w.event_id = a.event_id JOIN event AS e ON e.id = w.event_id
    WHERE a.sensor_id = $1 AND a.mark = $2;
    RETURN;
  END IF;
  SELECT w.event_id, e.number INTO storm FROM sensor_storm AS w JOIN event AS e ON e.id = w.event_id
  WHERE w.sensor_id = $1 AND e.closed_at IS NULL AND w.last_at > now() - make_interval(secs => known.snooze_s)
  ORDER BY w.first_at DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE sensor_storm AS w SET alarms = w.alarms + 1, last_at = now() WHERE w.event_id = storm.event_id
  RETURNING w.alarms INTO known;
  UPDATE sensor_alarm AS a SET event_id = storm.event_id, alarms = known.alarms WHERE a.sensor_id = $1 AND a.mark = $2;
  RETURN QUERY SELECT storm.event_id, storm.number::text, known.alarms, false;
END $$
"""
SENSOR_STORM = """
CREATE FUNCTION wangge.sensor_begins(sensor int, mark bytea, event uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
  INSERT INTO sensor_storm (event_id, sensor_id) SELECT e.id, $1 FROM event AS e
  WHERE e.id = $3 AND e.source = 'sensor' AND e.opened_at = now();
  UPDATE sensor_alarm AS a SET event_id = $3, alarms = 1 WHERE a.sensor_id = $1 AND a.mark = $2 AND a.event_id IS NULL
$$
"""
# Merging joins two open events: never a third through the second, never one that others were merged into, never itself.
MERGE_GUARD = """
CREATE FUNCTION wangge.merge_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
DECLARE
  target record;
BEGIN
  IF (NEW.status = 'merged') <> (NEW.merged_into IS NOT NULL) THEN
    RAISE EXCEPTION 'merge_state: a merged event names what it was merged into' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.merged_into IS NULL OR NEW.merged_into IS NOT DISTINCT FROM OLD.merged_into THEN
    RETURN NEW;
  END IF;
  SELECT e.id, e.merged_into, e.closed_at INTO target FROM event AS e WHERE e.id = NEW.merged_into FOR NO KEY UPDATE;
  IF NEW.merged_into = NEW.id OR target.merged_into IS NOT NULL THEN
    RAISE EXCEPTION 'merge_chain' USING ERRCODE = 'WG409';
  END IF;
  IF target.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'merge_finished' USING ERRCODE = 'WG409';
  END IF;
  IF EXISTS (SELECT FROM event AS e WHERE e.merged_into = NEW.id) THEN
    RAISE EXCEPTION 'merge_chain' USING ERRCODE = 'WG409';
  END IF;
  RETURN NEW;
END $$
"""
MERGE_TRIGGERS = (
    """
CREATE TRIGGER merge_guard BEFORE UPDATE OF status, merged_into ON wangge.event
FOR EACH ROW WHEN (OLD.merged_into IS NOT NULL OR NEW.merged_into IS NOT NULL OR NEW.status = 'merged')
EXECUTE FUNCTION wangge.merge_guard()
""",
    """
CREATE TRIGGER merge_counted AFTER UPDATE OF merged_into ON wangge.event
FOR EACH ROW WHEN (OLD.merged_into IS DISTINCT FROM NEW.merged_into) EXECUTE FUNCTION wangge.merge_counted()
""",
)
# Whoever reported what was merged speaks for the other event too, until it is undone.
COUNTED = """
CREATE FUNCTION wangge.merge_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
BEGIN
  UPDATE event SET me_too = count_people(id) WHERE id IN (OLD.merged_into, NEW.merged_into);
  RETURN NULL;
END $$
"""
REQUIRE_TRIGGER = """
CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()
"""
FUNCTIONS = {
    STANDS_FOR: "stands_for(text)",
    EARLIER: "earlier_reports(uuid[], bytea[])",
    COUNT_PEOPLE: "count_people(uuid)",
    SAY_ME_TOO: "say_me_too(uuid, bytea, text)",
    SIMILAR_PUBLIC: "similar_public(int[], public.geometry, int)",
    CONFIRM: "confirm_report(uuid, text, text, float8, float8)",
    SENSOR_TOLD: "sensor_told(text)",
    SENSOR_ALARM: "sensor_alarm(int, bytea)",
    SENSOR_STORM: "sensor_begins(int, bytea, uuid)",
    COUNTED: "merge_counted()",
    MERGE_GUARD: "merge_guard()",
}
TABLES = ("me_too", "report_confirmation", "sensor", "sensor_alarm", "sensor_storm")
GRANTS = {
    "me_too": "SELECT (event_id, times, first_at, last_at)",
    "report_confirmation": "SELECT",
    "sensor": "SELECT (id, code, name, category_id, geom, scope_area_id, text, urgency, snooze_s, enabled, created_by,"
    " created_at), INSERT, UPDATE (enabled, snooze_s)",
    "sensor_storm": "SELECT",
}
POLICIES = (
    ("me_too", "me_too_read", "SELECT", OF_EVENT, None),
    (
        "report_confirmation", "report_confirmation_read", "SELECT",
        "EXISTS (SELECT FROM wangge.report AS r JOIN wangge.event AS e ON e.id = r.event_id WHERE r.id = report_id)",
        None,
    ),
    (
        "sensor_storm", "sensor_storm_read", "SELECT",
        f"{OF_EVENT} OR EXISTS (SELECT FROM wangge.sensor AS s WHERE s.id = sensor_id)", None,
    ),
    ("sensor", "sensor_read", "SELECT", RULES_HELD.format(area="scope_area_id"), None),
    ("sensor", "sensor_add", "INSERT", None, RULES_HELD.format(area="scope_area_id")),
    (
        "sensor", "sensor_change", "UPDATE",
        RULES_HELD.format(area="scope_area_id"), RULES_HELD.format(area="scope_area_id"),
    ),
)  # fmt: skip


def upgrade() -> None:
    op.execute(RECEIPT_FOR)
    op.execute("REVOKE ALL ON FUNCTION wangge.receipt_for(wangge.report, bytea) FROM PUBLIC")
    for statement, signature in FUNCTIONS.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{signature} TO {API}")
    for trigger in MERGE_TRIGGERS:
        op.execute(trigger)
    for table in TABLES:
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
        )
        op.execute(REQUIRE_TRIGGER.format(table=table))
    for table, verbs in GRANTS.items():
        op.execute(f"GRANT {verbs} ON wangge.{table} TO {API}")
    for table, name, verb, using, check in POLICIES:
        parts = f" USING ({using})" if using else ""
        parts += f" WITH CHECK ({check})" if check else ""
        op.execute(f"CREATE POLICY {name} ON wangge.{table} FOR {verb} TO {API}{parts}")


def downgrade() -> None:
    for name in ("merge_counted", "merge_guard"):
        op.execute(f"DROP TRIGGER {name} ON wangge.event")
    for signature in reversed(FUNCTIONS.values()):
        op.execute(f"DROP FUNCTION wangge.{signature}")
    op.execute("DROP FUNCTION wangge.receipt_for(wangge.report, bytea)")
    for table, name, *_ in POLICIES:
        op.execute(f"DROP POLICY {name} ON wangge.{table}")
    for table in TABLES:
        op.execute(f"DROP TRIGGER unaudited_write ON wangge.{table}")
        op.execute(f"DROP POLICY maintenance ON wangge.{table}")
    op.execute(f"REVOKE ALL ON {', '.join(f'wangge.{table}' for table in TABLES)} FROM {API}")
