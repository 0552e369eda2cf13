-- Purpose: every current grid, to locate many points outside the database.
-- Parameters: none. SRID stored: lon/lat, returned as WKB. Index: ix_area_level.
SELECT id, code, ST_AsBinary(geom) AS wkb
FROM area
WHERE level = 'grid' AND valid_to IS NULL
ORDER BY code COLLATE "C"
