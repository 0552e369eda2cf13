-- Purpose: all gates with the code of their compound.
-- Parameters: none. SRID stored: 4326. Index: none, the whole table.
SELECT g.code, c.code AS compound, g.access, g.hours, ST_AsBinary(g.geom) AS geometry
FROM gate AS g
LEFT JOIN compound AS c ON c.id = g.compound_id
ORDER BY g.code COLLATE "C"
