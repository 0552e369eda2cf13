-- Sensors of the areas whose rules the caller edits, with their alarms. Parameters: none; the policies decide.
-- SRID 4326. Indexes: uq_sensor_code, ix_sensor_storm_sensor_id.
SELECT
  s.code, s.name, c.scheme || ':' || c.kind || ':' || c.code AS category, c.name_zh AS category_zh,
  c.name_en AS category_en, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat, a.code AS scope, a.name AS scope_name, s.text, s.urgency, s.snooze_s,
  s.enabled, s.created_at, coalesce(w.alarms, 0)::int AS alarms, coalesce(w.events, 0)::int AS events, w.last_at
FROM sensor AS s
JOIN category AS c ON c.id = s.category_id
JOIN area AS a ON a.id = s.scope_area_id
LEFT JOIN LATERAL (
  SELECT sum(x.alarms) AS alarms, count(*) AS events, max(x.last_at) AS last_at
  FROM sensor_storm AS x WHERE x.sensor_id = s.id
) AS w ON true
ORDER BY s.code
LIMIT 1000
