-- What is still to be sent although it should be by now, and what was given up. Read as the owner.
-- Parameters: older_s. Indexes: ix_outbox_waiting, ix_delivery_due.
SELECT
  (SELECT count(*) FROM outbox WHERE spread_at IS NULL AND at < now() - make_interval(secs => :older_s)) AS unspread,
  (
    SELECT count(*) FROM delivery AS d JOIN subscriber AS s ON s.id = d.subscriber_id
    WHERE d.done_at IS NULL AND d.dead_at IS NULL AND s.ended_at IS NULL
      AND d.next_at < now() - make_interval(secs => :older_s)
  ) AS unsent,
  (SELECT count(*) FROM delivery WHERE dead_at IS NOT NULL) AS dead,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'subscriber', x.name, 'topic', x.topic, 'message', x.outbox_id, 'error', x.last_error, 'at', x.dead_at
    ) ORDER BY x.dead_at DESC)
    FROM (
      SELECT s.name, o.topic, d.outbox_id, d.last_error, d.dead_at
      FROM delivery AS d JOIN subscriber AS s ON s.id = d.subscriber_id JOIN outbox AS o ON o.id = d.outbox_id
      WHERE d.dead_at IS NOT NULL ORDER BY d.dead_at DESC, d.id LIMIT 20
    ) AS x
  ), '[]') AS given_up
