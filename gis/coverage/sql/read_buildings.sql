-- Purpose: all buildings with their counts, their grid and the area whose staff may read the counts.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT
    b.id, b.code, b.grid_id, coalesce(b.grid_id, (SELECT min(area_id) FROM service_area)) AS scope_area_id, p.households, p.registered, p.actual, p.floating,
    p.age_0_14, p.age_15_59, p.age_60_79, p.age_80, ST_AsBinary(b.geom) AS geometry
FROM building AS b
LEFT JOIN building_people AS p ON p.building_id = b.id
ORDER BY b.code COLLATE "C"
