-- Purpose: tile of the outlines of districts, subdistricts and communities, as lines above the shading.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_area_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.0625), :lonlat) AS asked
),
feature AS (
    SELECT
        a.id,
        a.level,
        ST_AsMVTGeom(ST_Transform(ST_Boundary(a.geom), :mercator), box.drawn, 4096, 256) AS geom
    FROM box
    JOIN area AS a ON a.geom && box.asked
    WHERE
        a.valid_to IS NULL
        AND (a.level IN ('district', 'subdistrict') OR (a.level = 'community' AND :z >= 13))
    ORDER BY length(a.code) DESC
)
SELECT ST_AsMVT(feature, 'bounds', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
