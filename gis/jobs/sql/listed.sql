-- The jobs of an account, the latest first; one that was cancelled before it began is cancelled already.
-- lost: permissions the job ran with in areas where the asker does not hold them now (an area that is gone counts).
-- Parameters: account_id, id (null: all of them; else that one), before (null, or the id of the page before), count.
-- Index: ix_job_account_id_id.
SELECT
  id, kind, label_zh, label_en, step, done, total, result, error, file_name, file_type,
  CASE WHEN state = 'queued' AND cancelled_at IS NOT NULL THEN 'cancelled' ELSE state END AS state,
  cancelled_at, created_at, started_at, coalesce(finished_at, CASE WHEN state = 'queued' THEN cancelled_at END)
    AS finished_at,
  ARRAY(
    SELECT held.key FROM jsonb_each(scope -> 'areas') AS held
    WHERE CASE jsonb_typeof(held.value)
      WHEN 'array' THEN EXISTS (SELECT FROM jsonb_array_elements(held.value) AS r WHERE NOT covers(held.key, r::int))
      ELSE EXISTS (SELECT FROM area AS a WHERE a.parent_id IS NULL AND NOT covers(held.key, a.id))
    END
  ) AS lost
FROM job
WHERE account_id = :account_id
  AND (cast(:id AS uuid) IS NULL OR id = cast(:id AS uuid))
  AND (cast(:before AS uuid) IS NULL OR id < cast(:before AS uuid))
ORDER BY id DESC LIMIT :count
