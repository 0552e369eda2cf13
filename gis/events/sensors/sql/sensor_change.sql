-- Switch a sensor on or off, or change its snooze; null leaves a value. Parameters: code, enabled, snooze_s.
-- Index: uq_sensor_code.
UPDATE sensor SET
  enabled = coalesce(cast(:enabled AS boolean), enabled), snooze_s = coalesce(cast(:snooze_s AS int), snooze_s)
WHERE code = :code
RETURNING scope_area_id
