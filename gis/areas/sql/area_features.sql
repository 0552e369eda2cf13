-- Purpose: current areas of one level as the text of a GeoJSON feature collection, put together in the database.
-- Parameters: level; within (code or null) leaves only that area's subtree; digits of the coordinates.
-- SRID stored: lon/lat, rings counter-clockwise as RFC 7946 asks. Indexes: ix_area_level, ix_area_path.
SELECT concat(
    '{"type":"FeatureCollection","features":[',
    string_agg(
        concat(
            '{"type":"Feature","id":', to_json(area.code),
            ',"geometry":', ST_AsGeoJSON(ST_ForcePolygonCCW(area.geom), CAST(:digits AS integer), 0),
            ',"properties":{"code":', to_json(area.code), ',"name":', to_json(area.name),
            ',"kind":', coalesce(to_json(area.kind), 'null'), ',"parent":', coalesce(to_json(parent.code), 'null'),
            '}}'
        ),
        ',' ORDER BY area.code COLLATE "C"
    ),
    ']}'
)
FROM area LEFT JOIN area AS parent ON parent.id = area.parent_id
WHERE area.level = :level AND area.valid_to IS NULL
    AND (CAST(:within AS text) IS NULL
         OR area.path && ARRAY(SELECT id FROM area AS top WHERE top.code = :within))
