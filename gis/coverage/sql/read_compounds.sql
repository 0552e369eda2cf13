-- Purpose: all compounds; only walled ones hold anybody back.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT code, walled, ST_AsBinary(geom) AS geometry FROM compound ORDER BY code COLLATE "C"
