-- The stored layer `gates` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT gate.code, compound.code AS compound, gate.access, gate.hours, ST_AsBinary(gate.geom) AS wkb
FROM gate LEFT JOIN compound ON compound.id = gate.compound_id
ORDER BY gate.code
