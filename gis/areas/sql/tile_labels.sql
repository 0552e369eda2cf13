-- Purpose: names of areas as one point each (a polygon's label would repeat in every tile).
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_area_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y), :lonlat) AS asked
),
point AS MATERIALIZED (
    SELECT a.id, a.level AS kind, a.name, ST_PointOnSurface(a.geom) AS geom
    FROM box
    JOIN area AS a ON a.geom && box.asked
    WHERE
        a.valid_to IS NULL
        AND (
            (a.level = 'district' AND :z < 12)
            OR (a.level = 'subdistrict' AND :z BETWEEN 11 AND 14)
            -- Nearer out they lie under the clusters and on each other.
            OR (a.level = 'community' AND :z BETWEEN 15 AND 16)
            OR (a.level = 'grid' AND :z >= 17)
        )
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
SELECT ST_AsMVT(feature, 'areas', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
