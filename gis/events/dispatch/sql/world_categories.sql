-- All categories: what rules may be about, and what history is about. Parameters: none. Reads some hundred rows.
SELECT c.id, c.parent_id, c.scheme, c.kind, c.code, c.name_zh AS name, c.name_en,
  c.valid_to IS NULL OR c.valid_to > current_date AS in_force
FROM category AS c
