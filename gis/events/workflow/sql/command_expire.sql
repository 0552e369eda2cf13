-- Refuse what has been held too long; whether there may be more. Parameters: days, refusal (JSON text).
-- Index: ix_event_command_after_id (held ones only). Several workers share the work.
WITH old AS (
  SELECT id FROM event_command
  WHERE state = 'held' AND received_at < now() - make_interval(days => :days)
  ORDER BY received_at LIMIT 500 FOR UPDATE SKIP LOCKED
), refused AS (
  UPDATE event_command AS c SET
    state = 'refused', decided_at = clock_timestamp(),
    refusal = cast(:refusal AS jsonb) || jsonb_build_object('after', c.after_id)
  FROM old WHERE c.id = old.id RETURNING c.id
)
SELECT count(*) = 500 FROM refused
