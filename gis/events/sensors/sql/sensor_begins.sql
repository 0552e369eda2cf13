-- Make the event that was just opened the storm of a sensor. Parameters: sensor, mark, event.
SELECT sensor_begins(cast(:sensor AS int), cast(:mark AS bytea), cast(:event AS uuid))
