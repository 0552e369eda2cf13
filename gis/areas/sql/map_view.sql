-- Purpose: what a map opens on: the service area, else all areas, with its extent and whether it is a sample.
-- Parameters: none. SRID stored: 4326. Index: none (one row of service_area; ix_area_level otherwise).
SELECT
    coalesce(s.code, top.code) AS code,
    coalesce(s.name, top.name) AS name,
    ST_XMin(box.geom) AS "left",
    ST_YMin(box.geom) AS bottom,
    ST_XMax(box.geom) AS "right",
    ST_YMax(box.geom) AS top,
    coalesce((SELECT bool_or(is_sample) FROM dataset), false) AS is_sample
FROM (SELECT 1) AS one
LEFT JOIN LATERAL (
    SELECT area.code, area.name, service_area.geom
    FROM service_area JOIN area ON area.id = service_area.area_id
    ORDER BY service_area.id LIMIT 1
) AS s ON true
LEFT JOIN LATERAL (
    SELECT area.code, area.name, area.geom
    FROM area WHERE area.valid_to IS NULL AND s.geom IS NULL
    ORDER BY length(area.code), area.code LIMIT 1
) AS top ON true
CROSS JOIN LATERAL (SELECT coalesce(s.geom, top.geom)::box3d AS geom) AS box
