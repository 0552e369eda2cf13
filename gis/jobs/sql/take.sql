-- Take the oldest job that waits, or whose worker died; no two workers get the same.
-- Parameters: worker, kinds (text[]), stale_s (seconds without a heartbeat), attempts (at most).
-- Index: ix_job_open.
UPDATE job SET state = 'running', worker = :worker, attempts = attempts + 1, step = '', done = 0, total = 0,
  started_at = now(), heartbeat_at = now()
WHERE id = (
  SELECT id FROM job
  WHERE state IN ('queued', 'running') AND cancelled_at IS NULL AND kind = ANY(:kinds) AND attempts < :attempts
    AND (state = 'queued' OR heartbeat_at < now() - make_interval(secs => :stale_s))
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, params, scope
