-- Purpose: tile of streets for the base map; only main ones far out.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_street_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.0625), :lonlat) AS asked
),
feature AS (
    SELECT
        s.id,
        CASE
            WHEN s.kind IN ('motorway', 'trunk', 'primary') THEN 1
            WHEN s.kind IN ('secondary', 'tertiary') THEN 2
            WHEN s.kind IN ('footway', 'path', 'steps', 'alley', 'pedestrian', 'internal') THEN 4
            ELSE 3
        END AS c,
        s.bridge::int AS bridge,
        ST_AsMVTGeom(ST_Transform(s.geom, :mercator), box.drawn, 4096, 256) AS geom
    FROM box
    JOIN street AS s ON s.geom && box.asked
)
SELECT ST_AsMVT(part, 'streets', 4096, 'geom', 'id')
FROM (
    SELECT feature.*
    FROM feature
    WHERE feature.geom IS NOT NULL AND feature.c <= CASE WHEN :z >= 15 THEN 4 WHEN :z >= 13 THEN 3 ELSE 2 END
    ORDER BY feature.c DESC
) AS part
