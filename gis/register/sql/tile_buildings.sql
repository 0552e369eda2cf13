-- Purpose: tile of building footprints for the base map.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_building_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.015625), :lonlat) AS asked
),
feature AS (
    SELECT
        b.id,
        coalesce(b.inhabited, false)::int AS home,
        ST_AsMVTGeom(ST_Transform(b.geom, :mercator), box.drawn, 4096, 64) AS geom
    FROM box
    JOIN building AS b ON b.geom && box.asked
)
SELECT ST_AsMVT(feature, 'buildings', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
