-- One page of events, what is due first first, each as JSON text as in event_page; what has no time comes last.
-- Parameters: row_limit, those of the filter (gis.events.filters) and of the scope (gis.db.visible). SRID 4326.
-- Indexes: as the filter allows; a box holds the open events of few areas.
WITH chosen AS MATERIALIZED (
  SELECT e.id
  FROM event AS e
  WHERE true /*filter*/ /*scope*/
  ORDER BY coalesce(e.due_at, timestamptz '9999-01-01 00:00Z'), e.id
  LIMIT :row_limit
)
SELECT
  coalesce(e.due_at, timestamptz '9999-01-01 00:00Z') AS opened_at,
  e.id,
  row_to_json(told)::text AS item
FROM chosen
JOIN event AS e ON e.id = chosen.id
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
CROSS JOIN LATERAL (
  SELECT
    /*event_members*/
) AS told
ORDER BY coalesce(e.due_at, timestamptz '9999-01-01 00:00Z'), e.id
