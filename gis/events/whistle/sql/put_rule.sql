-- Write the rule of an area; what is refused is told in `refused`. Parameters: area (code or null), given (JSON text).
-- Index: uq_whistle_rule_area_id.
SELECT put_whistle_rule(cast(:area AS text), cast(:given AS jsonb))
