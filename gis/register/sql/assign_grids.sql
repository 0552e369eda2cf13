-- The grid of every building and station: the current grid that covers a point inside it, the lowest code on a
--   shared border (by code point, as when a report is located). Gives how many rows changed.
-- Parameters: none. SRID 4326 throughout. Index used: ix_area_geom (the && of ST_Covers).
-- Outside every grid it is null: nobody is asked about a building or a station as a reporter is about a point.
WITH place AS MATERIALIZED (
    SELECT kind, id, grid_id, CASE WHEN ST_Dimension(geom) = 0 THEN geom ELSE ST_PointOnSurface(geom) END AS point
    FROM (
        SELECT 'building' AS kind, id, grid_id, geom FROM building
        UNION ALL
        SELECT 'station', id, grid_id, geom FROM station
    ) thing
), found AS MATERIALIZED (
    SELECT place.kind, place.id, owner.id AS grid_id
    FROM place
    LEFT JOIN LATERAL (
        SELECT area.id
        FROM area
        WHERE area.level = 'grid' AND area.valid_to IS NULL AND ST_Covers(area.geom, place.point)
        ORDER BY area.code COLLATE "C"
        LIMIT 1
    ) owner ON true
    WHERE place.grid_id IS DISTINCT FROM owner.id
), moved_building AS (
    UPDATE building SET grid_id = found.grid_id
    FROM found
    WHERE found.kind = 'building' AND building.id = found.id
), moved_station AS (
    UPDATE station SET grid_id = found.grid_id
    FROM found
    WHERE found.kind = 'station' AND station.id = found.id
)
SELECT count(*) FROM found
