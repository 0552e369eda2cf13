-- A current grid by its code, for an event that staff place in it: the place (its own, or where it was moved to), and
-- how far that is from the border. Parameters: event, code, lon, lat (WGS-84 degrees, null: where it is). SRID 4326.
-- Indexes: pk_event, uq_area_code_valid_from.
SELECT
  a.id AS grid_id,
  ST_X(place.geom) AS lon,
  ST_Y(place.geom) AS lat,
  CASE WHEN ST_Contains(a.geom, place.geom) THEN 'inside' WHEN ST_Covers(a.geom, place.geom) THEN 'border'
    ELSE 'nearest' END AS method,
  ST_Distance(ST_Boundary(a.geom)::geography, place.geom::geography) AS border_distance_m
FROM event AS e
CROSS JOIN LATERAL (
  SELECT CASE WHEN cast(:lon AS float8) IS NULL THEN e.geom
    ELSE ST_SetSRID(ST_MakePoint(cast(:lon AS float8), cast(:lat AS float8)), 4326) END AS geom
) AS place
JOIN area AS a ON a.code = :code AND a.level = 'grid' AND a.valid_to IS NULL
WHERE e.id = :event
