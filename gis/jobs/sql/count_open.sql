-- How many jobs of an account wait or run; one submission of the account at a time counts and adds.
-- Parameters: account_id.
-- Index: ix_job_open.
SELECT count(*) FROM job
WHERE account_id = :account_id AND state IN ('queued', 'running') AND cancelled_at IS NULL
