-- The jobs of an account, the latest first; one that was cancelled before it began is cancelled already.
-- Parameters: account_id, id (null: all of them; else that one), before (null, or the id of the page before), count.
-- Index: ix_job_account_id_id.
SELECT
  id, kind, label_zh, label_en, step, done, total, result, error, file_name, file_type,
  CASE WHEN state = 'queued' AND cancelled_at IS NOT NULL THEN 'cancelled' ELSE state END AS state,
  cancelled_at, created_at, started_at, coalesce(finished_at, CASE WHEN state = 'queued' THEN cancelled_at END)
    AS finished_at
FROM job
WHERE account_id = :account_id
  AND (cast(:id AS uuid) IS NULL OR id = cast(:id AS uuid))
  AND (cast(:before AS uuid) IS NULL OR id < cast(:before AS uuid))
ORDER BY id DESC LIMIT :count
