-- The areas right below one (the roots when none is named), each with its open events where it is wholly held.
-- Parameters: parent (code or null), and those of the scope (gis.db.visible).
-- Indexes: ix_area_parent_id, ix_area_path, ix_event_scope_area_id.
SELECT coalesce(json_agg(json_build_object(
  'code', a.code,
  'level', a.level,
  'name', a.name,
  'kind', a.kind,
  'children', (SELECT count(*) FROM area AS down WHERE down.parent_id = a.id AND down.valid_to IS NULL),
  'open_events', CASE WHEN true /*whole*/ THEN (
    SELECT count(*) FROM event AS e
    WHERE e.closed_at IS NULL AND e.scope_area_id IN (SELECT id FROM area WHERE path @> ARRAY[a.id]) /*scope*/
  ) END,
  'bbox', json_build_array(ST_XMin(a.geom), ST_YMin(a.geom), ST_XMax(a.geom), ST_YMax(a.geom))
) ORDER BY a.code), '[]')::text
FROM area AS a
WHERE a.valid_to IS NULL
  AND a.parent_id IS NOT DISTINCT FROM (SELECT id FROM area WHERE code = :parent AND valid_to IS NULL)
