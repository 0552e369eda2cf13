-- End what nobody will run: cancelled while it waited or while its worker died, or tried too often.
-- Parameters: stale_s, attempts, error (JSON text).
-- Index: ix_job_open.
UPDATE job SET state = CASE WHEN cancelled_at IS NULL THEN 'failed' ELSE 'cancelled' END,
  error = CASE WHEN cancelled_at IS NULL THEN cast(:error AS jsonb) END,
  finished_at = clock_timestamp(), worker = NULL, step = ''
WHERE id IN (
  SELECT id FROM job
  WHERE (state = 'queued' AND cancelled_at IS NOT NULL)
    OR (
      state = 'running' AND heartbeat_at < now() - make_interval(secs => :stale_s)
      AND (cancelled_at IS NOT NULL OR attempts >= :attempts)
    )
  FOR UPDATE SKIP LOCKED
)
