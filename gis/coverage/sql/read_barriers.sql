-- Purpose: all barriers.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT code, kind, ST_AsBinary(geom) AS geometry FROM barrier ORDER BY code COLLATE "C"
