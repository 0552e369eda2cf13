-- Note a command; no row when its id is taken: the caller then looks at the earlier one.
-- Parameters: id, body_sha256, body (JSON text), event, command, after, occurred_at. Index: pk_event_command decides
-- between two that arrive at once.
INSERT INTO event_command (id, body_sha256, body, account_id, event_id, command, after_id, occurred_at, state)
SELECT
  :id, cast(:body_sha256 AS bytea), cast(:body AS jsonb), account_id(), e.id, :command, cast(:after AS uuid),
  cast(:occurred_at AS timestamptz), 'new'
FROM event AS e WHERE e.id = :event
ON CONFLICT DO NOTHING
RETURNING id
