-- Say that an alarm was seen to; no row when it was before, or is not for this scope. Parameters: id, note.
-- Index: pk_dispatch_alarm.
UPDATE dispatch_alarm SET acknowledged_at = now(), acknowledged_by = actor(), note = :note
WHERE id = :id AND acknowledged_at IS NULL RETURNING id, area_id
