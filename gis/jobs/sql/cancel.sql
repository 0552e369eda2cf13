-- Ask that a job ends; asked again, or when it has ended, nothing changes.
-- Parameters: account_id, id.
-- Index: pk_job.
UPDATE job SET cancelled_at = now()
WHERE id = cast(:id AS uuid) AND account_id = :account_id AND cancelled_at IS NULL
  AND state IN ('queued', 'running')
