-- The item of the duty list in force for an event: of the lowest city, the deepest category. Parameters: areas (codes),
-- categories (path), day. Reads the list (some hundred rows).
SELECT d.city, d.version, d.code, d.name, d.lead, d.supporting, d.basis
FROM duty_item AS d
WHERE d.valid_from <= :day AND (d.valid_to IS NULL OR d.valid_to > :day)
  AND (d.city = '' OR d.city = ANY(cast(:areas AS text[])))
  AND d.categories && cast(:categories AS text[])
ORDER BY length(d.city) DESC,
  (SELECT max(length(c)) FROM unnest(d.categories) AS c WHERE c = ANY(cast(:categories AS text[]))) DESC, d.code
LIMIT 1
