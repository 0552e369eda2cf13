-- A page of tasks of verification and inspection, the latest first. mine: handed to the reader; open: of nobody, where
-- the reader inspects; all: every one that is seen. Whoever had a part in the handling is not shown it as open.
-- Parameters: box, before (id, or null), count, and those of the scope. SRID 4326. Indexes: pk_inspection_task, pk_event.
SELECT t.id, json_build_object(
  'id', t.id, 'kind', t.kind, 'state', t.state, 'assigned_at', t.assigned_at, 'done_at', t.done_at,
  'mine', coalesce(t.assignee_id = account_id(), false), 'round', t.round,
  'event', json_build_object(
    'id', e.id, 'number', e.number, 'status', e.status, 'version', e.version, 'urgency', e.urgency,
    'category_zh', c.name_zh, 'category_en', c.name_en, 'due_at', e.due_at,
    'overdue', coalesce(e.due_at < now() AND e.closed_at IS NULL, false),
    'address', CASE WHEN NOT e.confidential /*confidential*/ THEN e.address END,
    'lon', round(ST_X(e.geom)::numeric, 6), 'lat', round(ST_Y(e.geom)::numeric, 6)
  )
)::text AS item
FROM inspection_task AS t
JOIN event AS e ON e.id = t.event_id
JOIN category AS c ON c.id = e.category_id
WHERE (cast(:before AS bigint) IS NULL OR t.id < cast(:before AS bigint))
  AND CASE cast(:box AS text)
    WHEN 'mine' THEN t.assignee_id = account_id() AND t.state = 'open'
    WHEN 'open' THEN t.assignee_id IS NULL AND t.state = 'open'
      AND covers_event('events.inspect', e.scope_area_id, e.department_id, e.category_id)
      AND inspection_conflict(e.id, account_id()) IS NULL
    ELSE true
  END
  /*scope*/
ORDER BY t.id DESC LIMIT :count
