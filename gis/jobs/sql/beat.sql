-- The worker is alive and so far; says whether the job is to end. No row: somebody else has it.
-- Parameters: id, worker, step, done, total.
-- Index: pk_job.
UPDATE job SET heartbeat_at = now(), step = :step, done = :done, total = :total
WHERE id = :id AND worker = :worker AND state = 'running'
RETURNING cancelled_at IS NOT NULL AS cancelled
