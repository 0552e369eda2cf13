-- The conditions one may file an event of a category under, in an area: those of the most particular city that has
-- any for it, its own before its family's, in the set in force that day.
-- Parameters: category (id), path (ids of areas from the top down, or null: everywhere), day (or null: today).
-- Indexes: ix_filing_standard_category_id, pk_filing_standard_set, pk_area.
WITH cities AS (
  SELECT a.code FROM area AS a WHERE a.id = ANY(cast(:path AS int[]))
), offered AS (
  SELECT
    st.*, s.city, s.version, c.scheme || ':' || c.kind || ':' || c.code AS category,
    rank() OVER (ORDER BY length(s.city) DESC, st.category_id = c.id DESC) AS place
  FROM category AS c
  JOIN filing_standard AS st ON st.category_id IN (c.id, c.parent_id)
  JOIN filing_standard_set AS s ON s.id = st.set_id
  CROSS JOIN (
    SELECT coalesce(cast(:day AS date), (now() AT TIME ZONE 'Asia/Shanghai')::date) AS day
  ) AS asked
  WHERE c.id = :category AND s.valid_from <= asked.day AND (s.valid_to IS NULL OR s.valid_to > asked.day)
    AND (s.city = '' OR EXISTS (SELECT FROM cities WHERE starts_with(cities.code, s.city)))
)
SELECT * FROM offered WHERE place = 1 ORDER BY condition_no
