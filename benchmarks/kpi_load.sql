-- A year of events set-based: one of twenty is rejected, one of ten handled on the spot; of the rest some go back to the
-- dispatcher, some are reworked, some run still. What the triggers would count is counted by one statement.
-- Parameter: events (how many). SRID 4326. No index: all is read once.
CREATE TABLE bench.plan AS
SELECT n, gen_random_uuid() AS id, timestamptz '2025-03-01 08:00+08' + n * interval '400 days' / :events AS opened,
  (ARRAY(SELECT id FROM area WHERE level = 'grid' ORDER BY code))[
    (1 + n::bigint * 7919 % (SELECT count(*) FROM area WHERE level = 'grid'))::int] AS area_id,
  (ARRAY(SELECT id FROM category WHERE parent_id IS NOT NULL ORDER BY id))[(1 + n::bigint * 104729 % 12)::int] AS category_id,
  (ARRAY(SELECT id FROM department ORDER BY id))[1 + n % 40] AS department_id,
  CASE WHEN n % 20 = 0 THEN 'rejected' WHEN n % 10 = 1 THEN 'self' WHEN n % 25 = 2 THEN 'open' ELSE 'closed' END AS fate,
  n % 17 = 0 AS goes_back, n % 23 = 0 AS again, (n * 31) % 97 AS luck
FROM generate_series(1, :events) AS n;
INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, grid_id, scope_area_id, grid_method,
  opened_at, updated_at, closed_at, department_id, version, workflow_id, level_area_id, scope_path)
SELECT p.id, 'N' || p.n, 'T' || p.n, CASE p.fate WHEN 'rejected' THEN 'rejected' WHEN 'open' THEN 'handling' ELSE 'closed' END,
  p.category_id, 'x', ST_SetSRID(ST_MakePoint(126.5, 45.5), 4326), p.area_id, p.area_id, 'inside', p.opened, p.opened,
  CASE WHEN p.fate <> 'open' THEN p.opened + interval '3 days' END, p.department_id, 2, w.id, p.area_id, a.path
FROM bench.plan AS p JOIN area AS a ON a.id = p.area_id, (SELECT min(id) AS id FROM workflow) AS w;
INSERT INTO event_log (event_id, seq, at, actor, action, from_status, to_status, prev_hash, hash)
SELECT p.id, row_number() OVER (PARTITION BY p.id ORDER BY s.o), p.opened + s.o * interval '2 hours', 'x', s.action,
  lag(s.status) OVER (PARTITION BY p.id ORDER BY s.o), s.status,
  CASE WHEN s.o > 0 THEN sha256('x') END, sha256('x')
FROM bench.plan AS p JOIN (VALUES
  (0, 'report', 'reported', '{rejected,self,open,closed}'), (1, 'accept', 'accepted', '{rejected,open,closed}'),
  (2, 'reject', 'rejected', '{rejected}'), (1, 'self_handle', 'self_handled', '{self}'), (2, 'close', 'closed', '{self}'),
  (3, 'file', 'filed', '{open,closed}'), (4, 'dispatch', 'dispatched', '{open,closed}'), (5, 'return', 'filed', 'back'),
  (6, 'dispatch', 'dispatched', 'back'), (7, 'sign', 'handling', '{open,closed}'), (8, 'feedback', 'feedback', '{closed}'),
  (9, 'send_inspection', 'inspecting', '{closed}'), (10, 'fail_inspection', 'handling', 'again'),
  (11, 'feedback', 'feedback', 'again'), (12, 'pass_inspection', 'inspecting', '{closed}'), (13, 'close', 'closed', '{closed}')
) AS s (o, action, status, fates) ON CASE s.fates WHEN 'back' THEN p.goes_back AND p.fate IN ('open', 'closed')
  WHEN 'again' THEN p.again AND p.fate = 'closed' ELSE p.fate = ANY(s.fates::text[]) END;
INSERT INTO event_clock (event_id, round, stage, kind, value, source, calendar_id, started_at, running_since, first_due_at,
  due_at, stopped_at, outcome, department_id)
SELECT p.id, 1, s.stage, 'natural_day', 1, 'workflow', k.id, p.opened + s.starts * interval '1 hour',
  CASE WHEN done.at IS NULL THEN p.opened END, p.opened + s.ends * interval '1 hour', p.opened + s.ends * interval '1 hour',
  done.at, CASE WHEN done.at IS NOT NULL THEN 'done' END, CASE WHEN s.stage IN ('sign', 'handle') THEN p.department_id END
FROM bench.plan AS p, (SELECT min(id) AS id FROM calendar) AS k, (VALUES
  ('total', 0, 72, '{rejected,self,open,closed}'), ('accept', 0, 4, '{rejected,self,open,closed}'), ('file', 2, 8, '{open,closed}'),
  ('dispatch', 6, 12, '{open,closed}'), ('sign', 8, 14, '{open,closed}'), ('handle', 14, 60, '{open,closed}'),
  ('check', 16, 40, '{self,closed}'), ('inspect', 18, 48, '{closed}')) AS s (stage, starts, ends, fates)
CROSS JOIN LATERAL (SELECT CASE WHEN p.fate = 'open' AND s.stage IN ('total', 'handle') THEN NULL
  ELSE p.opened + s.starts * interval '1 hour' + (s.ends - s.starts) * interval '1 hour' * (p.luck + length(s.stage)) / 80 END AS at) AS done
WHERE p.fate = ANY(s.fates::text[]);
CREATE TABLE bench.counted AS SELECT kpi_day(e.opened_at) AS day, m.measure, e.scope_area_id AS area_id, 0 AS department_id,
  e.category_id, count(DISTINCT l.event_id)::int AS n
FROM event AS e JOIN event_log AS l ON l.event_id = e.id CROSS JOIN unnest(kpi_measures(l.action, l.to_status)) AS m (measure)
GROUP BY 1, 2, 3, 4, 5
UNION ALL SELECT kpi_day(c.due_at), k.measure, e.scope_area_id, coalesce(c.department_id, 0), e.category_id, count(*)::int
FROM event_clock AS c JOIN event AS e ON e.id = c.event_id
CROSS JOIN kpi_clock_measure(c.stage, c.due_at, c.running_since, c.stopped_at, c.outcome, e.exempt) AS k (measure)
WHERE k.measure IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)
SELECT day, measure, area_id, department_id, category_id, n FROM bench.counted ORDER BY day, measure
