-- Purpose: names of rivers and compounds as one point each.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_compound_geom, ix_barrier_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y), :lonlat) AS asked
),
point AS MATERIALIZED (
    SELECT c.id::bigint AS id, 'compound' AS kind, c.name, ST_PointOnSurface(c.geom) AS geom
    FROM box
    JOIN compound AS c ON c.geom && box.asked
    WHERE :z >= 16
    UNION ALL
    SELECT b.id, 'water' AS kind, b.name, ST_PointOnSurface(b.geom) AS geom
    FROM box
    JOIN barrier AS b ON b.geom && box.asked
    WHERE b.kind IN ('river', 'water') AND b.name IS NOT NULL
),
feature AS (
    SELECT
        point.id,
        point.kind,
        point.name,
        ST_AsMVTGeom(ST_Transform(point.geom, :mercator), box.drawn, 4096, 0) AS geom
    FROM box
    JOIN point ON point.geom && box.asked
)
SELECT ST_AsMVT(feature, 'places', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
