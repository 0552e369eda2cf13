-- Purpose: current areas of one level for a GeoJSON feature collection: one row of equally long arrays, the
--   properties as text and last the polygons. Read in binary and written by gis.areas.features.
-- Parameters: level; within (code or null) leaves only that area's subtree.
-- SRID stored: lon/lat. Indexes: ix_area_level, ix_area_path. Ordered once, by the inner query.
SELECT
    array_agg(code) AS code, array_agg(name) AS name, array_agg(kind) AS kind, array_agg(parent) AS parent,
    array_agg(geom) AS geom
FROM (
    SELECT area.code, area.name, area.kind, parent.code AS parent, area.geom
    FROM area LEFT JOIN area AS parent ON parent.id = area.parent_id
    WHERE area.level = :level AND area.valid_to IS NULL
        AND (CAST(:within AS text) IS NULL
             OR area.path && ARRAY(SELECT id FROM area AS top WHERE top.code = :within))
    ORDER BY area.code COLLATE "C"
) AS feature
