-- Purpose: streets in a box, or of some codes, as GeoJSON feature text, ordered by code.
-- Parameters: west, south, east, north (degrees, null for no box), codes (text array, null for none), row_limit.
-- SRID 4326. Index: ix_street_geom, street_code_key.
SELECT json_build_object(
  'type', 'Feature',
  'id', s.code,
  'geometry', ST_AsGeoJSON(s.geom, 7)::json,
  'properties', json_build_object(
    'code', s.code, 'name', s.name, 'kind', s.kind, 'bridge', s.bridge, 'tunnel', s.tunnel, 'steps', s.steps,
    'length_m', round(ST_Length(s.geom::geography)::numeric, 1)
  )
)::text AS feature
FROM street AS s
WHERE s.geom && ST_MakeEnvelope(
  cast(:west AS float8), cast(:south AS float8), cast(:east AS float8), cast(:north AS float8), 4326
)
OR s.code = ANY(cast(:codes AS text []))
ORDER BY s.code COLLATE "C"
LIMIT :row_limit
