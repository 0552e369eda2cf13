-- Forget messages older than `kept_days`, with their notices and deliveries; what still waits is kept.
-- Parameters: kept_days. Index: ix_outbox_at.
DELETE FROM outbox AS o
WHERE o.at < clock_timestamp() - make_interval(days => :kept_days) AND o.spread_at IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM delivery AS d WHERE d.outbox_id = o.id AND d.done_at IS NULL AND d.dead_at IS NULL
  )
