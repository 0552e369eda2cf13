-- The rule that counts for the place of a whistle, and its limits; and the time of the transaction.
-- Parameters: area (id; null: of the event or the whistle), event (uuid or null), whistle (uuid or null).
-- Indexes: pk_event, pk_whistle, pk_whistle_limit.
SELECT now() AS at, jsonb_object_agg(l.stage, jsonb_build_array(l.kind, l.value)) AS limits, (
  SELECT a.code FROM area AS a WHERE a.id = coalesce(
    cast(:area AS int), (SELECT e.scope_area_id FROM event AS e WHERE e.id = cast(:event AS uuid)),
    (SELECT w.area_id FROM whistle AS w WHERE w.id = cast(:whistle AS uuid)))
) AS code
FROM whistle_rule AS r JOIN whistle_limit AS l ON l.rule_id = r.id
WHERE r.id = coalesce(
  (SELECT w.rule_id FROM whistle AS w WHERE w.id = cast(:whistle AS uuid)),
  (whistle_rule_for(coalesce(
    cast(:area AS int), (SELECT e.scope_area_id FROM event AS e WHERE e.id = cast(:event AS uuid))
  ))).id
)
