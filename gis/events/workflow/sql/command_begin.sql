-- Note a command. One row: its id when it is new (null: the id is taken), and whether the event is seen at all.
-- Parameters: id, body_sha256, body (JSON text), event, command, after, occurred_at. Index: pk_event_command.
WITH seen AS MATERIALIZED (
  SELECT e.id FROM event AS e WHERE e.id = :event
), noted AS (
  INSERT INTO event_command (id, body_sha256, body, account_id, event_id, command, after_id, occurred_at, state)
  SELECT
    :id, cast(:body_sha256 AS bytea), cast(:body AS jsonb), account_id(), seen.id, :command, cast(:after AS uuid),
    cast(:occurred_at AS timestamptz), 'new'
  FROM seen
  ON CONFLICT DO NOTHING
  RETURNING id
)
SELECT (SELECT id FROM noted) AS id, EXISTS (SELECT FROM seen) AS seen
