-- Replace the service area by the outline of the highest areas of a level; the first by code owns the rest.
-- Parameters: level, name. SRID 4326. Index used: ix_area_level.
WITH gone AS (DELETE FROM service_area)
INSERT INTO service_area (name, area_id, geom)
SELECT :name, (array_agg(id ORDER BY code))[1], ST_Multi(ST_Union(geom))
FROM area WHERE level = :level AND valid_to IS NULL
HAVING count(*) > 0
