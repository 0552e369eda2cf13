-- The templates in force as a JSON array, the more particular first. Parameters: none.
SELECT coalesce(json_agg(json_build_object(
  'code', w.code, 'version', w.version, 'name_zh', w.name_zh, 'name_en', w.name_en, 'area', a.code,
  'schemes', w.schemes, 'sources', w.sources, 'priority', w.priority, 'created_at', w.created_at
) ORDER BY coalesce(cardinality(a.path), 0) DESC, w.priority DESC, w.code, w.version DESC), '[]')::text
FROM workflow AS w LEFT JOIN area AS a ON a.id = w.area_id
WHERE w.ended_at IS NULL
