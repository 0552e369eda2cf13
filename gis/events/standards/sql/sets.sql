-- Every set of filing standards, cities by code, the newest first, with what is in it.
-- Parameters: none. Reads the whole table (some dozen rows).
SELECT
  s.id, s.city, (SELECT a.name FROM area AS a WHERE a.code = s.city AND a.valid_to IS NULL LIMIT 1) AS city_name,
  s.version, s.name_zh, s.name_en, s.source, s.valid_from, s.valid_to, s.imported_at,
  s.valid_from <= today.day AND (s.valid_to IS NULL OR s.valid_to > today.day) AS in_force,
  counted.categories, counted.standards
FROM filing_standard_set AS s
CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today
CROSS JOIN LATERAL (
  SELECT count(DISTINCT st.category_id) AS categories, count(*) AS standards
  FROM filing_standard AS st WHERE st.set_id = s.id
) AS counted
ORDER BY s.city, s.valid_from DESC, s.id DESC
