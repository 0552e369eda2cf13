-- One page of events, newest first, each as JSON text: a list's item, or a GeoJSON feature without free text.
-- The page is chosen before anything is joined, so the filter and the scope alone decide the plan.
-- Parameters: row_limit, as_feature, those of the filter (gis.events.filters) and of the scope (gis.db.visible).
-- SRID 4326. Indexes: ix_event_opened_at_id read backwards; for a small box ix_event_geom or, under a policy where
-- boxes are not compared before it, ix_event_cell; for a small area or scope ix_event_scope_area_id.
WITH chosen AS MATERIALIZED (
  SELECT e.id
  FROM event AS e
  WHERE true /*filter*/ /*scope*/
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
  ) ELSE row_to_json(told) END::text AS item
FROM chosen
JOIN event AS e ON e.id = chosen.id
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
CROSS JOIN LATERAL (
  SELECT
    /*event_members*/
) AS told
ORDER BY e.opened_at DESC, e.id DESC
