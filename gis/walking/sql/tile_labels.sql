-- Purpose: names of streets at the middle of their longest part inside a tile, one a name and tile.
-- Parameters: z, x, y (tile), lonlat, mercator (SRIDs). SRID stored: 4326. Index: ix_street_geom.
WITH box AS MATERIALIZED (
    SELECT
        ST_TileEnvelope(:z, :x, :y) AS drawn,
        ST_Transform(ST_TileEnvelope(:z, :x, :y), :lonlat) AS asked
),
point AS MATERIALIZED (
    SELECT DISTINCT ON (s.name) s.id, s.name, ST_LineInterpolatePoint(s.geom, 0.5) AS geom
    FROM box
    JOIN street AS s ON s.geom && box.asked
    WHERE
        s.name IS NOT NULL
        AND (
            s.kind IN ('motorway', 'trunk', 'primary')
            OR (:z >= 16 AND s.kind IN ('secondary', 'tertiary'))
            OR :z >= 17
        )
        AND :z >= 15
        AND ST_LineInterpolatePoint(s.geom, 0.5) && box.asked
    ORDER BY s.name, ST_Length(s.geom) DESC
),
feature AS (
    SELECT
        point.id,
        'street' AS kind,
        point.name,
        ST_AsMVTGeom(ST_Transform(point.geom, :mercator), box.drawn, 4096, 0) AS geom
    FROM box
    CROSS JOIN point
)
SELECT ST_AsMVT(feature, 'streetnames', 4096, 'geom', 'id') FROM feature WHERE geom IS NOT NULL
