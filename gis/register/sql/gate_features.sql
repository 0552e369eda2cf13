-- Gates in a box as GeoJSON feature text, ordered by code.
-- Parameters: west, south, east, north (degrees), row_limit. SRID 4326. Index: ix_gate_geom.
SELECT json_build_object(
  'type', 'Feature',
  'id', g.code,
  'geometry', ST_AsGeoJSON(g.geom, 7)::json,
  'properties', json_build_object(
    'code', g.code, 'access', g.access, 'hours', g.hours, 'compound', c.code, 'compound_name', c.name
  )
)::text AS feature
FROM gate AS g
LEFT JOIN compound AS c ON c.id = g.compound_id
WHERE g.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
ORDER BY g.code
LIMIT :row_limit
