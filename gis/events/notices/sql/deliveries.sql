-- The latest deliveries of a subscriber. Parameters: id, count. Index: ix_delivery_subscriber_id.
SELECT id, message, topic, at, attempts, next_at, done_at, dead_at, last_error
FROM subscriber_deliveries(cast(:id AS int), cast(:count AS int))
