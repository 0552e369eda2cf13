-- Purpose: all mapped entrances with the code of their building.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT e.code, b.code AS building, ST_AsBinary(e.geom) AS geometry
FROM entrance AS e
JOIN building AS b ON b.id = e.building_id
ORDER BY e.code COLLATE "C"
