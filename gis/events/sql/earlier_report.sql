-- The receipt and body hash of a report already stored under this id, and whether somebody else sent it.
-- Parameters: id (in hand under row-level security). Index: pk_report.
SELECT
  body_sha256,
  receipt::text AS receipt,
  coalesce(reporter_id <> account_id(), false) AS "foreign"
FROM report WHERE id = :id
