-- Register a sensor. Parameters: code, name, scheme, kind, category (its code), lon, lat (WGS-84 degrees), area (the
-- scope area's id), text, urgency, snooze_s, key_sealed. No row when the code is taken. SRID 4326.
-- Indexes: uq_category_scheme_kind_code, uq_sensor_code.
INSERT INTO sensor (code, name, category_id, geom, scope_area_id, text, urgency, snooze_s, key_sealed, created_by)
SELECT
  :code, :name, c.id, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :area, :text, :urgency, :snooze_s, :key_sealed,
  account_id()
FROM category AS c
WHERE c.scheme = :scheme AND c.kind = :kind AND c.code = :category
ON CONFLICT DO NOTHING
