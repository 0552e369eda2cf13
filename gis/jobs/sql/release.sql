-- A worker that stops gives its job back, as if it had not tried.
-- Parameters: worker.
-- Index: ix_job_open.
UPDATE job SET state = 'queued', worker = NULL, attempts = attempts - 1, step = '', done = 0, total = 0,
  heartbeat_at = NULL
WHERE worker = :worker AND state = 'running'
