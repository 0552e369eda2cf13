-- Write the rule of an area and a family of matters; what is refused is told in `refused`.
-- Parameters: area (code or null), category (key or null), given (JSON text). Index: uq_rating_rule_area_id_category_id.
SELECT put_rating_rule(cast(:area AS text), cast(:category AS text), cast(:given AS jsonb))
