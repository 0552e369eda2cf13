-- The rows of all events' logs day by day (UTC) in the order they were written: how many, and a digest of their hashes.
-- Parameters: upto (the last id that counts). A scan of the table.
SELECT
  cast(at AT TIME ZONE 'UTC' AS date) AS day,
  count(*) AS rows,
  encode(sha256(string_agg(hash, ''::bytea ORDER BY id)), 'hex') AS digest
FROM event_log WHERE id <= :upto GROUP BY 1 ORDER BY 1
