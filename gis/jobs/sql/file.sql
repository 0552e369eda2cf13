-- The file a job made.
-- Parameters: account_id, id.
-- Index: pk_job.
SELECT file_name, file_type, file_bytes FROM job
WHERE id = cast(:id AS uuid) AND account_id = :account_id AND state = 'done' AND file_bytes IS NOT NULL
