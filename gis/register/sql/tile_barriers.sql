-- Purpose: tile of water, railways and (close up) walls for the base map.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_barrier_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.0625), :lonlat) AS asked
),
feature AS (
    SELECT
        b.id,
        b.kind,
        ST_Dimension(b.geom) AS d,
        ST_AsMVTGeom(ST_Transform(b.geom, :mercator), box.drawn, 4096, 256) AS geom
    FROM box
    JOIN barrier AS b ON b.geom && box.asked
    WHERE b.kind <> 'wall' OR :z >= 16
)
SELECT ST_AsMVT(feature, 'barriers', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
