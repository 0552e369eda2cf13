-- Every category, retired ones too, families before leaves, with what it was before.
-- Parameters: none. Reads the whole table (some hundred rows). Index: pk_category_version.
SELECT
  c.id, c.scheme, c.kind, c.code, c.name_zh, c.name_en, parent.code AS parent, coalesce(c.source_ref, '') AS source,
  c.verified, c.valid_from, c.valid_to, c.city, c.version,
  took.scheme || ':' || took.kind || ':' || took.code AS replaces,
  c.valid_from <= today.day AND (c.valid_to IS NULL OR c.valid_to > today.day) AS in_force,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('version', v.version, 'name_zh', v.name_zh, 'name_en', v.name_en,
      'source', v.source_ref, 'verified', v.verified, 'until', v.until) ORDER BY v.version DESC)
    FROM category_version AS v WHERE v.category_id = c.id
  ), '[]') AS history
FROM category AS c
CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today
LEFT JOIN category AS parent ON parent.id = c.parent_id
LEFT JOIN category AS took ON took.id = c.replaces_id
ORDER BY c.scheme, c.kind, c.parent_id IS NOT NULL, c.code
