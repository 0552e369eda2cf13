-- Log the history: the report, and for an event that has moved on one row that says where it was found.
-- The second row's hash covers the first's. Parameters: none; reads history_new.
WITH reported AS MATERIALIZED (
  SELECT
    event_id, status, reported_at, coalesce(closed_at, reported_at) AS moved_at, 'source:' || source AS actor,
    log_hash(
      event_id, 1, reported_at, 'source:' || source, NULL, 'report', NULL, 'reported', 1, NULL, '{}', NULL, NULL
    ) AS hash
  FROM history_new
)
INSERT INTO event_log (event_id, seq, at, actor, action, from_status, to_status, prev_hash, hash)
SELECT event_id, 1, reported_at, actor, 'report', NULL, 'reported', NULL, hash FROM reported
UNION ALL
SELECT
  event_id, 2, moved_at, 'import', 'history', 'reported', status, hash,
  log_hash(event_id, 2, moved_at, 'import', NULL, 'history', 'reported', status, 1, NULL, '{}', NULL, hash)
FROM reported WHERE status <> 'reported'
