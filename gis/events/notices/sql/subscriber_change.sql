-- Stop a subscriber, or let it go on; its area, none where there is no such one. Parameters: id, active.
-- Index: pk_subscriber.
UPDATE subscriber SET ended_at = CASE WHEN cast(:active AS boolean) THEN NULL ELSE coalesce(ended_at, now()) END
WHERE id = :id
RETURNING area_id
