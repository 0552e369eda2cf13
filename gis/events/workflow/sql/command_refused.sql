-- Keep a refusal, so that the sender sees it; a command that was taken stays so.
-- Parameters: id, body_sha256, body, event, command, after, occurred_at, refusal (JSON text). Index: pk_event_command.
INSERT INTO event_command (
  id, body_sha256, body, account_id, event_id, command, after_id, occurred_at, state, decided_at, refusal
)
SELECT
  :id, cast(:body_sha256 AS bytea), cast(:body AS jsonb), account_id(), e.id, :command, cast(:after AS uuid),
  cast(:occurred_at AS timestamptz), 'refused', clock_timestamp(), cast(:refusal AS jsonb)
FROM event AS e WHERE e.id = :event
ON CONFLICT (id) DO UPDATE
  SET state = 'refused', refusal = excluded.refusal, decided_at = excluded.decided_at
  WHERE event_command.state <> 'taken' AND event_command.body_sha256 = excluded.body_sha256
