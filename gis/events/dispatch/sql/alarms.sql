-- Alarms of the areas where rules.edit is held, the latest first. Parameters: everywhere, roots, open (true: those
-- nobody has seen to; false: the others), id (one of them, or null), before (an id, or null), count.
-- Indexes: pk_dispatch_alarm, ix_dispatch_alarm_area_id.
SELECT x.id, x.kind, x.rule_set_id, s.version AS rule_set, x.rule, x.category, c.name_zh AS category_zh,
  c.name_en AS category_en, a.code AS area, a.name AS area_name, x.detail, x.event_id, x.times, x.first_at, x.last_at,
  x.acknowledged_at, x.acknowledged_by, x.note, x.area_id
FROM dispatch_alarm AS x
LEFT JOIN dispatch_rule_set AS s ON s.id = x.rule_set_id
LEFT JOIN area AS a ON a.id = x.area_id
LEFT JOIN category AS c ON c.scheme || ':' || c.kind || ':' || c.code = x.category
WHERE (cast(:everywhere AS boolean) OR EXISTS (
    SELECT FROM area AS r WHERE (r.id = x.area_id OR (x.area_id IS NULL AND r.parent_id IS NULL))
      AND r.path && cast(:roots AS int[])
  ))
  AND (cast(:open AS boolean) IS NULL OR (x.acknowledged_at IS NULL) = :open)
  AND (cast(:id AS int) IS NULL OR x.id = :id)
  AND (cast(:before AS int) IS NULL OR x.id < :before)
ORDER BY x.id DESC LIMIT :count
