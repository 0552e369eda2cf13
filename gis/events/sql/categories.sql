-- All categories in force, families before leaves.
-- Parameters: none. Reads the whole table (some hundred rows).
SELECT c.scheme, c.kind, c.code, parent.code AS parent, c.name_zh, c.name_en
FROM category AS c LEFT JOIN category AS parent ON parent.id = c.parent_id
WHERE c.valid_from <= current_date AND (c.valid_to IS NULL OR c.valid_to > current_date)
ORDER BY c.scheme, c.kind, c.parent_id IS NOT NULL, c.code
