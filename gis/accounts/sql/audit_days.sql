-- The rows of the audit day by day (UTC) in the order they were written: how many, and one digest of their hashes.
-- Parameters: upto (the last id that counts). Index: ix_audit_at_id or a scan.
SELECT
  cast(at AT TIME ZONE 'UTC' AS date) AS day,
  count(*) AS rows,
  encode(sha256(string_agg(hash, ''::bytea ORDER BY id)), 'hex') AS digest
FROM audit WHERE id <= :upto GROUP BY 1 ORDER BY 1
