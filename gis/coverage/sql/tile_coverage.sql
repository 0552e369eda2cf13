-- Purpose: tile of inhabited buildings by their walk to the nearest station of a stored layer.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs), layer, limit, margin (integer costs).
-- Properties: code; s 1 covered, 2 covered but borderline, 0 uncovered, 3 unlinked; r residents; u use.
-- SRID stored: 4326. Index: ix_building_geom, pk_reach.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.015625), :lonlat) AS asked
),
feature AS (
    SELECT
        b.id,
        b.code,
        CASE
            WHEN r.cost <= :limit - :margin THEN 1
            WHEN r.cost <= :limit THEN 2
            WHEN r.cost IS NULL AND r.reason > 0 THEN 3
            ELSE 0
        END AS s,
        coalesce(b.actual, 0) AS r,
        b.use AS u,
        ST_AsMVTGeom(ST_Transform(b.geom, :mercator), box.drawn, 4096, 64) AS geom
    FROM box
    JOIN building AS b ON b.geom && box.asked
    JOIN reach AS r ON r.layer_id = :layer AND r.building_id = b.id
    WHERE b.actual > 0 OR b.households > 0 OR b.actual IS NULL
)
SELECT ST_AsMVT(feature, 'coverage', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
