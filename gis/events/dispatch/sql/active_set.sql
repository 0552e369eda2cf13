-- The rules in force where an event is: those of the lowest area that has some, else those of everywhere.
-- Parameters: areas (codes from the top down to the event). Index: uq_dispatch_rule_set_active.
SELECT s.id, s.city, s.version, (
  SELECT coalesce(json_agg(r.body ORDER BY r.code), '[]') FROM dispatch_rule AS r WHERE r.rule_set_id = s.id
) AS rules
FROM dispatch_rule_set AS s
WHERE s.state = 'active' AND (s.city = '' OR s.city = ANY(cast(:areas AS text[])))
ORDER BY length(s.city) DESC LIMIT 1
