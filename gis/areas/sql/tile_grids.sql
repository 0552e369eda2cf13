-- Purpose: tile of governance grids with the number of open events, for shading and clicking; without the number
--   where the scope does not hold the whole grid.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs), and those of the scope (gis.db.visible).
-- SRID stored: 4326. Index: ix_area_geom, ix_event_open_grid.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.0625), :lonlat) AS asked
),
feature AS (
    SELECT
        a.id,
        a.code,
        a.name,
        CASE WHEN true /*whole*/ THEN coalesce(counted.n, 0)::int END AS n,
        ST_AsMVTGeom(ST_Transform(a.geom, :mercator), box.drawn, 4096, 256) AS geom
    FROM box
    JOIN area AS a ON a.geom && box.asked
    LEFT JOIN LATERAL (
        SELECT count(*) AS n FROM event AS e WHERE e.grid_id = a.id AND e.closed_at IS NULL /*scope*/
    ) AS counted ON true
    WHERE a.level = 'grid' AND a.valid_to IS NULL
)
SELECT ST_AsMVT(feature, 'grids', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
