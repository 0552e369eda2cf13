-- Purpose: what a map opens on: the service area, else the topmost area, with its extent and whether it is a
--   sample. Code and name are empty where its level has several areas: none of them is the name of the whole.
-- Parameters: none. SRID stored: 4326. Index: none (one row of service_area; ix_area_level otherwise).
SELECT
    CASE WHEN level.single THEN coalesce(s.code, top.code) ELSE '' END AS code,
    CASE WHEN level.single THEN coalesce(s.name, top.name) ELSE '' END AS name,
    ST_XMin(box.geom) AS "left",
    ST_YMin(box.geom) AS bottom,
    ST_XMax(box.geom) AS "right",
    ST_YMax(box.geom) AS top,
    coalesce((SELECT bool_or(is_sample) FROM dataset), false) AS is_sample
FROM (SELECT 1) AS one
LEFT JOIN LATERAL (
    SELECT area.code, area.name, area.level, service_area.geom
    FROM service_area JOIN area ON area.id = service_area.area_id
    ORDER BY service_area.id LIMIT 1
) AS s ON true
LEFT JOIN LATERAL (
    SELECT area.code, area.name, area.level, area.geom
    FROM area WHERE area.valid_to IS NULL AND s.geom IS NULL
    ORDER BY length(area.code), area.code LIMIT 1
) AS top ON true
CROSS JOIN LATERAL (SELECT coalesce(s.geom, top.geom)::box3d AS geom) AS box
CROSS JOIN LATERAL (
    SELECT count(*) <= 1 AS single
    FROM (
        SELECT FROM area
        WHERE area.valid_to IS NULL AND area.level = coalesce(s.level, top.level) LIMIT 2
    ) AS two
) AS level
