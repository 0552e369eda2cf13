-- A page of the reports one account sent, newest first, each as JSON text: what was said and where it stands.
-- Parameters: account, row_limit, after_at, after_id (null: from the newest on). SRID 4326.
-- Indexes: ix_report_reporter_id, pk_event.
SELECT
  r.recorded_at AS opened_at,
  r.id,
  json_build_object(
    'id', r.id,
    'event_number', r.receipt ->> 'event_number',
    'tracking_code', r.receipt ->> 'tracking_code',
    'status', coalesce(e.status, r.receipt ->> 'status'),
    'category', c.scheme || ':' || c.kind || ':' || c.code,
    'category_zh', c.name_zh,
    'category_en', c.name_en,
    'text', r.text,
    'address', r.address,
    'confidential', r.confidential,
    'lon', ST_X(r.geom),
    'lat', ST_Y(r.geom),
    'grid', grid.code,
    'grid_name', grid.name,
    'recorded_at', r.recorded_at,
    'updated_at', coalesce(e.updated_at, r.recorded_at),
    'closed_at', e.closed_at,
    'photos', (SELECT count(*) FROM report_photo AS p WHERE p.report_id = r.id AND p.attachment_sha256 IS NOT NULL),
    'photos_missing', (
      SELECT coalesce(json_agg(p.sha256 ORDER BY p.position), '[]')
      FROM report_photo AS p WHERE p.report_id = r.id AND p.attachment_sha256 IS NULL
    )
  )::text AS item
FROM report AS r
JOIN category AS c ON c.id = r.category_id
LEFT JOIN event AS e ON e.id = r.event_id
LEFT JOIN area AS grid ON grid.id = r.grid_id
WHERE r.reporter_id = :account
  AND (cast(:after_at AS timestamptz) IS NULL OR (r.recorded_at, r.id) < (cast(:after_at AS timestamptz), cast(:after_id AS uuid)))
ORDER BY r.recorded_at DESC, r.id DESC
LIMIT :row_limit
