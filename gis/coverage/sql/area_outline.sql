-- Purpose: the outline of an area in force, or of all topmost areas. Parameters: code (or null). SRID: 4326 out.
-- Index: uq_area_code where a code is given.
SELECT ST_AsBinary(ST_Union(geom)) FROM area
WHERE valid_to IS NULL AND (code = cast(:code AS text) OR (cast(:code AS text) IS NULL AND parent_id IS NULL))
