-- What dispatch rules ask of an event, and what was decided about it last. Parameters: id. SRID none.
-- Indexes: pk_event, pk_category, uq_dispatch_trace_event_id_seq.
WITH RECURSIVE up AS (
  SELECT c.id, c.parent_id, c.scheme, c.kind, c.code, 0 AS step
  FROM event AS e JOIN category AS c ON c.id = e.category_id WHERE e.id = :id
  UNION ALL
  SELECT p.id, p.parent_id, p.scheme, p.kind, p.code, up.step + 1
  FROM up JOIN category AS p ON p.id = up.parent_id
)
SELECT
  e.urgency, e.source, e.status, e.version, e.bounces, e.scope_area_id, d.code AS department,
  (SELECT array_agg(up.scheme || ':' || up.kind || ':' || up.code ORDER BY up.step DESC) FROM up) AS categories,
  (SELECT json_object_agg(a.level, a.code) FROM area AS a WHERE a.id = ANY(e.scope_path)) AS places,
  t.inputs, t.target, t.rule, t.rule_set_id, t.alarm
FROM event AS e
LEFT JOIN department AS d ON d.id = e.department_id
LEFT JOIN LATERAL (
  SELECT x.inputs, x.target, x.rule, x.rule_set_id, x.alarm FROM dispatch_trace AS x
  WHERE x.event_id = e.id AND x.outcome IN ('auto', 'proposed', 'none') ORDER BY x.seq DESC LIMIT 1
) AS t ON true
WHERE e.id = :id
