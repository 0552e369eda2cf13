-- One page of events, newest first, each as JSON text; confidential words stay inside.
-- Parameters: row_limit, and those of the filter (gis.events.filters). SRID 4326.
-- Indexes: ix_event_opened_at_id, ix_event_geom, ix_event_scope_area_id.
SELECT
  e.opened_at,
  e.id,
  json_build_object(
    'id', e.id,
    'number', e.number,
    'status', e.status,
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
    'method', e.grid_method,
    'border_distance_m', e.border_distance_m,
    'confirm', e.confirm,
    'opened_at', e.opened_at,
    'updated_at', e.updated_at,
    'closed_at', e.closed_at
  )::text AS item
FROM event AS e
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
WHERE true /*filter*/
ORDER BY e.opened_at DESC, e.id DESC
LIMIT :row_limit
