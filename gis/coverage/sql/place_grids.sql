-- Purpose: the current grid each of some points lies in, the lowest code on a border; null outside every grid.
-- Parameters: lons, lats (degrees, one of each a point), lonlat their SRID. SRID stored: lon/lat. Index: ix_area_geom.
SELECT (
    SELECT area.id
    FROM area
    WHERE area.level = 'grid' AND area.valid_to IS NULL
        AND ST_Covers(area.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), CAST(:lonlat AS integer)))
    ORDER BY area.code COLLATE "C"
    LIMIT 1
) AS grid
FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[])) WITH ORDINALITY AS p (lon, lat, n)
ORDER BY p.n
