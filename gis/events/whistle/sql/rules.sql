-- The rules of whistles, the one for everywhere first. Parameters: none. Index: pk_whistle_limit.
SELECT coalesce(json_agg(json_build_object(
  'area', a.code, 'area_name', a.name, 'blower_level', r.blower_level, 'max_distance_m', r.max_distance_m,
  'worst_accuracy_m', r.worst_accuracy_m, 'most_returns', r.most_returns,
  'limits', (
    SELECT json_object_agg(l.stage, json_build_object('kind', l.kind, 'value', l.value) ORDER BY l.stage)
    FROM whistle_limit AS l WHERE l.rule_id = r.id)
) ORDER BY a.code NULLS FIRST), '[]')::text
FROM whistle_rule AS r LEFT JOIN area AS a ON a.id = r.area_id
