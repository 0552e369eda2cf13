-- Purpose: all buildings with their counts and grid.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT
    id, code, grid_id, households, registered, actual, floating,
    age_0_14, age_15_59, age_60_79, age_80, ST_AsBinary(geom) AS geometry
FROM building
ORDER BY code COLLATE "C"
