-- The receipt and body hash of a report already stored under this id, if there is one.
-- Parameters: id. Index: pk_report.
SELECT body_sha256, receipt::text AS receipt FROM report WHERE id = :id
