-- Conditions with the names of their categories: of one set, or of all sets in force for an area, the most particular
-- city's for each category; a category and its family are asked for alike.
-- Parameters: set_id (or null), city (code of the area asked about; '' everywhere), category (id or null), search
-- (escaped for LIKE, or null), row_limit. Reads the sets in force (some thousand rows).
WITH chosen AS (
  SELECT
    st.*, s.city, s.version,
    rank() OVER (PARTITION BY st.category_id ORDER BY length(s.city) DESC) AS place
  FROM filing_standard AS st
  JOIN filing_standard_set AS s ON s.id = st.set_id
  CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today
  WHERE CASE
    WHEN cast(:set_id AS int) IS NOT NULL THEN s.id = :set_id
    ELSE starts_with(:city, s.city) AND s.valid_from <= today.day AND (s.valid_to IS NULL OR s.valid_to > today.day)
  END
)
SELECT
  st.id, st.set_id, st.city, st.version, st.category_id, st.condition_no, st.condition_text, st.condition_en,
  st.limit_kind, st.limit_value, st.closure_text, st.closure_en, st.evidence, st.lead_rule, st.lead_department,
  st.source, st.confidence, c.scheme || ':' || c.kind || ':' || c.code AS category,
  c.name_zh AS category_zh, c.name_en AS category_en, f.name_zh AS family_zh, f.name_en AS family_en
FROM chosen AS st
JOIN category AS c ON c.id = st.category_id
LEFT JOIN category AS f ON f.id = c.parent_id
WHERE st.place = 1
  AND (cast(:category AS int) IS NULL OR c.id = :category OR c.parent_id = :category)
  AND (cast(:search AS text) IS NULL OR c.code LIKE :search
    OR concat_ws(' ', c.name_zh, c.name_en, st.condition_text, st.condition_en) ILIKE :search)
ORDER BY c.scheme, c.kind, c.code, st.condition_no
LIMIT :row_limit
