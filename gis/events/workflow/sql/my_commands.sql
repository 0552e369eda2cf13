-- The newest commands of the account as a JSON array. Parameters: state (or null), row_limit.
-- Index: ix_event_command_account_id_received_at, read backwards.
SELECT coalesce(json_agg(json_build_object(
  'id', c.id, 'event', c.event_id, 'event_number', e.number, 'command', c.command, 'state', c.state,
  'after', c.after_id, 'occurred_at', c.occurred_at, 'received_at', c.received_at, 'decided_at', c.decided_at,
  'seq', c.seq, 'refusal', c.refusal,
  'photos_missing', (
    SELECT coalesce(json_agg(p.sha256 ORDER BY p.slot, p.sha256), '[]') FROM command_photo AS p
    WHERE p.command_id = c.id AND p.attachment_sha256 IS NULL
  )
) ORDER BY c.received_at DESC, c.id DESC), '[]')::text
FROM (
  SELECT * FROM event_command
  WHERE account_id = account_id() AND state = coalesce(cast(:state AS text), state)
  ORDER BY received_at DESC, id DESC LIMIT :row_limit
) AS c
LEFT JOIN event AS e ON e.id = c.event_id
