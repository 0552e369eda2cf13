-- Make deliveries of messages that have none yet, for every subscriber of the topic whose area holds theirs.
-- Whoever is only found now, the desk of what was reported, gets a notice (function tell_desks).
-- A subscriber to `event` gets all topics that begin with `event.`; `*` gets everything. Gives how many messages.
-- Parameters: count. Index: ix_outbox_waiting. Several workers at once take different messages.
WITH taken AS MATERIALIZED (
  SELECT id, topic, area_id, at FROM outbox WHERE spread_at IS NULL ORDER BY id LIMIT :count FOR UPDATE SKIP LOCKED
), made AS (
  INSERT INTO delivery (outbox_id, subscriber_id)
  SELECT taken.id, s.id
  FROM taken
  LEFT JOIN area AS a ON a.id = taken.area_id
  JOIN subscriber AS s ON s.created_at <= taken.at AND (s.ended_at IS NULL OR s.ended_at > taken.at)
    AND (s.area_id = ANY(a.path) OR s.area_id = a.id)
    AND s.topics && ARRAY['*', cast(taken.topic AS text), split_part(taken.topic, '.', 1)]
  ON CONFLICT (outbox_id, subscriber_id) DO NOTHING
), marked AS (
  UPDATE outbox SET spread_at = clock_timestamp() FROM taken WHERE outbox.id = taken.id RETURNING outbox.id
)
SELECT count(*), tell_desks(ARRAY(SELECT id FROM taken)) FROM marked
