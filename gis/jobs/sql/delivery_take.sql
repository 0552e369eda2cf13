-- Take deliveries that are due, oldest message first, and keep others off them for `lease_s` seconds.
-- A subscriber who has ended gets nothing more. Parameters: count, lease_s. Index: ix_delivery_due.
WITH due AS MATERIALIZED (
  SELECT d.id FROM delivery AS d JOIN subscriber AS s ON s.id = d.subscriber_id
  WHERE d.done_at IS NULL AND d.dead_at IS NULL AND d.next_at <= clock_timestamp() AND s.ended_at IS NULL
  ORDER BY d.next_at, d.outbox_id LIMIT :count FOR UPDATE OF d SKIP LOCKED
)
UPDATE delivery AS d SET attempts = d.attempts + 1, next_at = clock_timestamp() + make_interval(secs => :lease_s)
FROM due, outbox AS o, subscriber AS s
WHERE d.id = due.id AND o.id = d.outbox_id AND s.id = d.subscriber_id
RETURNING d.id, d.attempts, s.channel, s.address, s.secret_sealed, o.id AS message, o.topic, o.event_id, o.payload, o.at
