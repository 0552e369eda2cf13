-- One event with its log and what is known of its reports; confidential words and contacts stay inside.
-- Parameters: id. SRID 4326. Indexes: pk_event, uq_event_log_event_id_seq, ix_report_event_id.
SELECT json_build_object(
  'id', e.id,
  'number', e.number,
  'status', e.status,
  'version', e.version,
  'urgency', e.urgency,
  'source', e.source,
  'category', c.scheme || ':' || c.kind || ':' || c.code,
  'category_zh', c.name_zh,
  'category_en', c.name_en,
  'text', CASE WHEN NOT e.confidential THEN e.text END,
  'address', CASE WHEN NOT e.confidential THEN e.address END,
  'confidential', e.confidential,
  'lon', ST_X(e.geom),
  'lat', ST_Y(e.geom),
  'grid', grid.code,
  'grid_name', grid.name,
  'scope', scope.code,
  'scope_name', scope.name,
  'method', e.grid_method,
  'border_distance_m', e.border_distance_m,
  'confirm', e.confirm,
  'opened_at', e.opened_at,
  'updated_at', e.updated_at,
  'closed_at', e.closed_at,
  'log', (
    SELECT json_agg(json_build_object(
      'seq', l.seq, 'at', l.at, 'actor', l.actor, 'action', l.action, 'from', l.from_status,
      'to', l.to_status, 'note', l.note, 'hash', encode(l.hash, 'hex')
    ) ORDER BY l.seq)
    FROM event_log AS l WHERE l.event_id = e.id
  ),
  'reports', (
    SELECT json_agg(json_build_object(
      'source', r.source, 'coord_sys', r.coord_sys, 'accuracy_m', r.accuracy_m,
      'occurred_at', r.occurred_at, 'reported_at', r.reported_at, 'recorded_at', r.recorded_at,
      'clock_ahead', r.reported_at > r.recorded_at + interval '5 minutes',
      'photos', (SELECT coalesce(json_agg(p.attachment_sha256 ORDER BY p.position)
                   FILTER (WHERE p.attachment_sha256 IS NOT NULL AND NOT r.confidential), '[]')
                 FROM report_photo AS p WHERE p.report_id = r.id)
    ) ORDER BY r.recorded_at, r.id)
    FROM report AS r WHERE r.event_id = e.id
  )
)::text
FROM event AS e
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
WHERE e.id = :id
