-- Purpose: all walkable streets, the input of the walking network.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT code, kind, foot_forward, foot_backward, steps, slope_pct, level, bridge, tunnel, ST_AsBinary(geom) AS geometry
FROM street
ORDER BY code COLLATE "C"
