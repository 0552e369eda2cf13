-- One page of events as GeoJSON feature text, newest first, with the few properties a map needs; no free text.
-- Parameters: row_limit, and those of the filter (gis.events.filters). SRID 4326.
-- Indexes: ix_event_opened_at_id, ix_event_geom, ix_event_scope_area_id.
SELECT
  e.opened_at,
  e.id,
  json_build_object(
    'type', 'Feature',
    'id', e.id,
    'geometry', ST_AsGeoJSON(e.geom, 6)::json,
    'properties', json_build_object(
      'number', e.number,
      'status', e.status,
      'open', e.closed_at IS NULL,
      'urgency', e.urgency,
      'category', c.scheme || ':' || c.kind || ':' || c.code,
      'category_zh', c.name_zh,
      'category_en', c.name_en,
      'grid', grid.code,
      'opened_at', e.opened_at
    )
  )::text AS item
FROM event AS e
JOIN category AS c ON c.id = e.category_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
WHERE true /*filter*/
ORDER BY e.opened_at DESC, e.id DESC
LIMIT :row_limit
