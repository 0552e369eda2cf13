-- The stored layer `compounds` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT code, name, kind, walled, ST_AsBinary(geom) AS wkb FROM compound ORDER BY code
