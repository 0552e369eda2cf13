-- The stored layer `barriers` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT code, kind, name, ST_AsBinary(geom) AS wkb FROM barrier ORDER BY code
