-- Purpose: tile of inhabited buildings by their walk to the nearest station of a stored layer.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs), layer, limit, margin (integer costs).
-- Properties: code; s 1 covered, 2 covered but borderline, 0 uncovered, 3 unlinked; u use; r residents, where the
--   asker may read people.
-- SRID stored: 4326. Index: ix_building_geom, pk_reach, pk_building_people.
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
        p.actual AS r,
        b.use AS u,
        ST_AsMVTGeom(ST_Transform(b.geom, :mercator), box.drawn, 4096, 64) AS geom
    FROM box
    JOIN building AS b ON b.geom && box.asked
    JOIN reach AS r ON r.layer_id = :layer AND r.building_id = b.id
    LEFT JOIN (building_people AS p JOIN area AS a ON a.id = p.scope_area_id /*people*/) ON p.building_id = b.id
    WHERE b.inhabited IS NOT FALSE
)
SELECT ST_AsMVT(feature, 'coverage', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
