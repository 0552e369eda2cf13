-- Purpose: compounds and buildings near a point, nearest first, for the reporter to pick an address from.
-- Parameters: lon, lat, lonlat (SRID), wide_deg, high_deg (window), reach_m, row_limit. SRID stored: 4326.
-- Index: ix_compound_geom, ix_building_geom.
WITH here AS MATERIALIZED (
    SELECT
        ST_SetSRID(ST_MakePoint(:lon, :lat), :lonlat) AS geom,
        ST_MakeEnvelope(
            :lon - :wide_deg, :lat - :high_deg, :lon + :wide_deg, :lat + :high_deg, :lonlat
        ) AS window
),
found AS (
    SELECT 'compound' AS kind, c.code, c.name, ST_Distance(c.geom::geography, here.geom::geography) AS distance_m
    FROM here
    JOIN compound AS c ON c.geom && here.window
    UNION ALL
    SELECT
        'building' AS kind,
        b.code,
        coalesce(nullif(b.address, ''), b.name, b.code) AS name,
        ST_Distance(b.geom::geography, here.geom::geography) AS distance_m
    FROM here
    JOIN building AS b ON b.geom && here.window
    WHERE b.address IS NOT NULL OR b.name IS NOT NULL
)
SELECT kind, code, name, round(distance_m::numeric, 1)::float8 AS distance_m
FROM found
WHERE distance_m <= :reach_m
ORDER BY distance_m, kind DESC, code
LIMIT :row_limit
