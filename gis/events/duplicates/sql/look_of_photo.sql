-- The look of a stored photo, by the SHA-256 of its announced bytes (in hand under row-level security).
-- Parameters: sha256. Index: ix_report_photo_sha256.
SELECT a.look FROM report_photo AS p JOIN attachment AS a ON a.sha256 = p.attachment_sha256
WHERE p.sha256 = :sha256 LIMIT 1
