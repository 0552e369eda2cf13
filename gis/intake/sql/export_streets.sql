-- The stored layer `streets` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT code, name, kind, foot_forward, foot_backward, steps, slope_pct, level, bridge, tunnel,
       ST_AsBinary(geom) AS wkb
FROM street ORDER BY code
