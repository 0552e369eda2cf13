-- Note an alarm: the event it belongs to and its number of alarms, `heard` when it was noted before; no row when it
-- begins a new event. Parameters: sensor (id), mark (SHA-256 of the signature). Indexes: pk_sensor, pk_sensor_alarm.
SELECT * FROM sensor_alarm(cast(:sensor AS int), cast(:mark AS bytea))
