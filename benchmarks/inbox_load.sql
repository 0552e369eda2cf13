-- What lies on the desks of a worked year: one event of twenty-five is open; these are told apart by state, limit, level,
-- department and handler, some were passed by an inspector, some ask for an extension, some overdue ones that are closed
-- were appealed against. Indicators count none of it, and nothing falls due while it is measured.
-- Parameters: none. SRID: none. No index: all is read once.
CREATE TABLE bench.desk AS
SELECT p.id, p.n / 25 AS k, (SELECT min(id) FROM department) + p.n / 250 % 40 AS department_id,
  (ARRAY['reported', 'accepted', 'verifying', 'filed', 'dispatched', 'handling', 'handling', 'feedback', 'inspecting',
    'suspended'])[1 + p.n / 25 % 10] AS status,
  a.path[4 - (p.n / 25 / 10 % 3)] AS level_area_id
FROM bench.plan AS p JOIN area AS a ON a.id = p.area_id WHERE p.fate = 'open';
UPDATE event AS e SET
  status = d.status, level_area_id = d.level_area_id,
  suspended_from = CASE d.status WHEN 'suspended' THEN 'handling' END,
  department_id = CASE WHEN d.status IN ('reported', 'accepted', 'verifying', 'filed') THEN NULL ELSE d.department_id END,
  handler_id = CASE WHEN d.status = 'handling' AND k % 3 = 0 THEN 1000 + k / 10 % 400 END,
  bounces = CASE WHEN k % 31 = 0 THEN 1 ELSE 0 END, reworks = CASE WHEN k % 29 = 0 THEN 1 ELSE 0 END,
  due_at = CASE WHEN d.status <> 'suspended' THEN
    now() + (m.due + CASE WHEN m.due BETWEEN -9 AND 300 THEN 310 ELSE 0 END) * interval '1 minute' END,
  promised_at = now() + (m.promised + CASE WHEN m.promised BETWEEN -9 AND 300 THEN 310 ELSE 0 END) * interval '1 minute'
FROM bench.desk AS d
CROSS JOIN LATERAL (SELECT d.k::bigint * 7919 % 9600 - 3200 AS due, d.k::bigint * 104729 % 14400 - 2400 AS promised) AS m
WHERE d.id = e.id;
INSERT INTO event_log (event_id, seq, at, actor, action, from_status, to_status, prev_hash, hash, round)
SELECT d.id, 20 + s.o, timestamptz '2026-04-01 08:00+08', 'x', s.action, s.before, s.after, sha256('x'), sha256('x'), 1
FROM bench.desk AS d JOIN (VALUES
  (3, 'pass_inspection', 'inspecting', 'inspecting', 'inspecting', 3),
  (1, 'request_extension', 'handling', 'handling', 'handling', 20)
) AS s (o, action, before, after, at_status, each) ON s.at_status = d.status AND d.k / 10 % s.each = 0;
INSERT INTO event_wait (event_id, round, what)
SELECT l.event_id, 1, l.action FROM event_log AS l JOIN bench.desk AS d ON d.id = l.event_id
WHERE l.action IN ('pass_inspection', 'request_extension') AND l.seq > 20;
INSERT INTO inspection_task (event_id, seq, round, kind, assignee_id, state, assigned_at)
SELECT d.id, 30, 1, CASE d.status WHEN 'verifying' THEN 'verification' ELSE 'inspection' END, 1 + d.k / 10 % 2 * 2000, 'open',
  timestamptz '2026-04-01 08:00+08'
FROM bench.desk AS d WHERE d.status IN ('verifying', 'inspecting') AND d.k / 10 % 4 = 0;
INSERT INTO overdue_appeal (event_id, round, department_id, asked_at, reason)
SELECT p.id, 1, p.department_id, timestamptz '2026-04-01 08:00+08', 'x'
FROM bench.plan AS p WHERE p.fate = 'closed' AND p.n % 2500 = 4;
CREATE TABLE bench.event AS
SELECT id, number, status, category_id, department_id, handler_id, level_area_id, scope_path, opened_at, closed_at, due_at,
  promised_at, bounces, reworks, round, reporter_id, co_departments FROM event;
CREATE INDEX ON bench.event (opened_at, id);
CREATE INDEX ON bench.event (status);
CREATE INDEX ON bench.event (department_id);
CREATE INDEX ON bench.event (handler_id);
CREATE INDEX ON bench.event (level_area_id);
CREATE INDEX ON bench.event (due_at);
CREATE INDEX ON bench.event USING gin (scope_path)
