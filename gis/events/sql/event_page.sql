-- One page of events, newest first, each as JSON text: a list's item, or a GeoJSON feature without free text.
-- Confidential words stay inside. The page is chosen before anything is joined, so the filter alone decides the plan.
-- Parameters: row_limit, as_feature, and those of the filter (gis.events.filters). SRID 4326.
-- Indexes: ix_event_opened_at_id read backwards; ix_event_geom for a small box; ix_event_scope_area_id for a small area.
WITH chosen AS MATERIALIZED (
  SELECT e.id
  FROM event AS e
  WHERE true /*filter*/
  ORDER BY e.opened_at DESC, e.id DESC
  LIMIT :row_limit
)
SELECT
  e.opened_at,
  e.id,
  CASE WHEN cast(:as_feature AS boolean) THEN json_build_object(
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
  ) ELSE json_build_object(
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
  ) END::text AS item
FROM chosen
JOIN event AS e ON e.id = chosen.id
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
ORDER BY e.opened_at DESC, e.id DESC
