-- Purpose: which current grid owns a point, how, and how far its border is (design rule 1); the same answer
--   as gis.areas.locate. The lowest code among the grids that cover the point; outside all of them the nearest
--   within reach, grids that differ by less than a millimetre being ties. Distances are measured to borders.
-- Parameters: lon, lat degrees; lonlat their SRID; plane_srid, or where null plane_proj, the metric plane of the
--   point; wide_deg, high_deg half the box that holds everything within reach_m metres; same_m the tie.
-- SRID stored: lon/lat. Index: ix_area_geom (GiST), for both the cover and the box.
WITH place AS (
    SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), CAST(:lonlat AS integer)) AS geom
),
owner AS MATERIALIZED (
    SELECT area.id, area.code, area.geom,
        CASE WHEN ST_Contains(area.geom, place.geom) THEN 'inside' ELSE 'border' END AS method
    FROM place
    JOIN area ON ST_Covers(area.geom, place.geom)
    WHERE area.level = 'grid' AND area.valid_to IS NULL
    ORDER BY area.code COLLATE "C"
    LIMIT 1
),
candidate AS (
    SELECT id, code, geom, method FROM owner
    UNION ALL
    SELECT area.id, area.code, area.geom, 'nearest'
    FROM place
    JOIN area ON area.geom && ST_Expand(place.geom, :wide_deg, :high_deg)
    WHERE area.level = 'grid' AND area.valid_to IS NULL AND NOT EXISTS (SELECT FROM owner)
),
measured AS MATERIALIZED (
    SELECT candidate.id, candidate.code, candidate.method,
        CASE
            WHEN candidate.method = 'border' THEN 0.0
            WHEN CAST(:plane_srid AS integer) IS NULL THEN ST_Distance(
                ST_Boundary(ST_Transform(candidate.geom, CAST(:plane_proj AS text))),
                ST_Transform(place.geom, CAST(:plane_proj AS text)))
            ELSE ST_Distance(
                ST_Boundary(ST_Transform(candidate.geom, CAST(:plane_srid AS integer))),
                ST_Transform(place.geom, CAST(:plane_srid AS integer)))
        END AS metres
    FROM candidate CROSS JOIN place
),
reached AS (
    SELECT id, code, method, metres, min(metres) OVER () AS least
    FROM measured
    WHERE method <> 'nearest' OR round(CAST(metres AS numeric), 6) <= :reach_m
),
chosen AS (
    SELECT id, code, method, metres
    FROM reached
    WHERE metres <= least + :same_m
    ORDER BY code COLLATE "C"
    LIMIT 1
),
rest AS (
    (SELECT area.id, area.code
     FROM service_area JOIN area ON area.id = service_area.area_id
     ORDER BY service_area.id LIMIT 1)
    UNION ALL
    (SELECT area.id, area.code FROM area WHERE area.valid_to IS NULL AND area.level <> 'grid'
     ORDER BY length(area.code), area.code COLLATE "C" LIMIT 1)
    LIMIT 1
)
SELECT
    chosen.id AS grid_id,
    chosen.code AS grid_code,
    coalesce(chosen.method, 'none') AS method,
    chosen.metres AS border_distance_m,
    coalesce(chosen.id, rest.id) AS scope_area_id,
    coalesce(chosen.code, rest.code) AS scope_code,
    NOT EXISTS (SELECT FROM service_area)
        OR EXISTS (SELECT FROM service_area WHERE ST_Covers(service_area.geom, place.geom)) AS in_service_area
FROM place
LEFT JOIN chosen ON true
-- (Asked only where no grid was found.)
LEFT JOIN LATERAL (SELECT rest.id, rest.code FROM rest WHERE chosen.id IS NULL) AS rest ON true
