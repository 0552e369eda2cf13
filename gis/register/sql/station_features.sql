-- Stations as GeoJSON feature text, ordered by code.
-- Parameters: types, statuses (text arrays or null: all), area (code or null: all), row_limit. SRID 4326.
-- Indexes: uq_station_code, ix_station_type; some thousand rows at most.
SELECT json_build_object(
  'type', 'Feature',
  'id', s.code,
  'geometry', ST_AsGeoJSON(s.geom, 6)::json,
  'properties', json_build_object(
    'code', s.code,
    'type', s.type,
    'name', s.name,
    'status', s.status,
    'hours', s.hours,
    'floor_area_m2', s.floor_area_m2,
    'capacity', s.capacity,
    'services', s.services,
    'building', b.code,
    'address', b.address,
    'grid', g.code
  )
)::text AS feature
FROM station AS s
LEFT JOIN building AS b ON b.id = s.building_id
LEFT JOIN area AS g ON g.id = s.grid_id
WHERE (cast(:types AS text[]) IS NULL OR s.type = ANY(:types))
  AND (cast(:statuses AS text[]) IS NULL OR s.status = ANY(:statuses))
  AND (cast(:area AS text) IS NULL
       OR s.grid_id IN (SELECT id FROM area WHERE path && ARRAY(SELECT id FROM area WHERE code = :area)))
ORDER BY s.code
LIMIT :row_limit
