-- Open events that no grid owns, oldest first, each as JSON text with the nearest grids to choose from; they wait for
-- somebody to say whose they are. Parameters: row_limit, after_at, after_id (null: from the oldest on), and those of
-- the scope. SRID 4326. Indexes: ix_event_open_grid, ix_area_geom.
SELECT
  e.opened_at,
  e.id,
  json_build_object(
    'id', e.id, 'number', e.number, 'version', e.version, 'status', e.status, 'urgency', e.urgency,
    'category', c.scheme || ':' || c.kind || ':' || c.code, 'category_zh', c.name_zh, 'category_en', c.name_en,
    'text', CASE WHEN NOT e.confidential /*confidential*/ THEN e.text END,
    'address', CASE WHEN NOT e.confidential /*confidential*/ THEN e.address END,
    'lon', ST_X(e.geom), 'lat', ST_Y(e.geom), 'scope', scope.code, 'opened_at', e.opened_at,
    'nearest', (
      SELECT coalesce(json_agg(json_build_object('code', g.code, 'name', g.name, 'distance_m', round(g.metres))
        ORDER BY g.metres, g.code COLLATE "C"), '[]')
      FROM (
        SELECT a.code, a.name, ST_Distance(a.geom::geography, e.geom::geography)::numeric AS metres
        FROM area AS a WHERE a.level = 'grid' AND a.valid_to IS NULL
        ORDER BY a.geom <-> e.geom LIMIT 3
      ) AS g
    )
  )::text AS item
FROM event AS e
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
WHERE e.grid_id IS NULL AND e.closed_at IS NULL /*scope*/
  AND (cast(:after_at AS timestamptz) IS NULL OR (e.opened_at, e.id) > (cast(:after_at AS timestamptz), cast(:after_id AS uuid)))
ORDER BY e.opened_at, e.id
LIMIT :row_limit
