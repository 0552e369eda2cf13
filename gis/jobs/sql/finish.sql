-- The end of a job, by the worker that has it. No row: somebody else has it.
-- Parameters: id, worker, state, result, error (JSON text or null), file_name, file_type, file_bytes.
-- Index: pk_job.
UPDATE job SET state = cast(:state AS text), finished_at = clock_timestamp(), worker = NULL, step = '',
  result = cast(:result AS jsonb), error = cast(:error AS jsonb),
  done = CASE WHEN cast(:state AS text) = 'done' THEN total ELSE done END,
  file_name = :file_name, file_type = :file_type, file_bytes = :file_bytes
WHERE id = :id AND worker = :worker AND state = 'running'
