-- The grid of every station: the current grid that covers a point inside it, the lowest code on a shared border.
-- Parameters: none. SRID 4326 throughout. Index used: ix_area_geom (the && of ST_Covers).
-- Outside every grid it is null: nobody is asked about a station as a reporter is about a point.
WITH place AS MATERIALIZED (
    SELECT id, grid_id, CASE WHEN ST_Dimension(geom) = 0 THEN geom ELSE ST_PointOnSurface(geom) END AS point
    FROM station
), found AS (
    SELECT place.id, owner.id AS grid_id
    FROM place
    LEFT JOIN LATERAL (
        SELECT area.id
        FROM area
        WHERE area.level = 'grid' AND area.valid_to IS NULL AND ST_Covers(area.geom, place.point)
        ORDER BY area.code
        LIMIT 1
    ) owner ON true
    WHERE place.grid_id IS DISTINCT FROM owner.id
)
UPDATE station SET grid_id = found.grid_id FROM found WHERE station.id = found.id
