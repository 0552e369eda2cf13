-- Purpose: tile of governance grids with the number of open events, for shading and clicking.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_area_geom, ix_event_open_grid.
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
        coalesce(e.n, 0)::int AS n,
        ST_AsMVTGeom(ST_Transform(a.geom, :mercator), box.drawn, 4096, 256) AS geom
    FROM box
    JOIN area AS a ON a.geom && box.asked
    LEFT JOIN LATERAL (
        SELECT count(*) AS n FROM event WHERE event.grid_id = a.id AND event.closed_at IS NULL
    ) AS e ON true
    WHERE a.level = 'grid' AND a.valid_to IS NULL
)
SELECT ST_AsMVT(feature, 'grids', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
