-- The rules of inspection and rating, the one for everything first. Parameters: none. Index: pk_rating_rule.
SELECT coalesce(json_agg(json_build_object(
  'area', a.code, 'area_name', a.name, 'category', c.scheme || ':' || c.kind || ':' || c.code,
  'category_zh', c.name_zh, 'category_en', c.name_en, 'self_handled_share', r.self_handled_share,
  'call_back_share', r.call_back_share, 'rate_days', r.rate_days, 'object_days', r.object_days,
  'call_back_days', r.call_back_days
) ORDER BY a.code NULLS FIRST, c.code NULLS FIRST), '[]')::text
FROM rating_rule AS r LEFT JOIN area AS a ON a.id = r.area_id LEFT JOIN category AS c ON c.id = r.category_id
