-- Purpose: all stations of any status, sorted by code: ties go to the lowest.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT
    s.id, s.code, s.type, s.name, s.status, s.hours, s.capacity, s.grid_id,
    b.code AS building, ST_AsBinary(s.geom) AS geometry
FROM station AS s
LEFT JOIN building AS b ON b.id = s.building_id
ORDER BY s.code COLLATE "C"
