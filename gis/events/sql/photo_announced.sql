-- Whether any report announces a photo, the first that still waits for it, and the stored copy if it has arrived.
-- Parameters: sha256 (of the announced bytes; in hand under row-level security). Index: ix_report_photo_sha256.
SELECT
  count(*) AS reports,
  (array_agg(p.report_id ORDER BY p.attachment_sha256 IS NOT NULL, p.report_id))[1] AS report,
  min(a.sha256) AS sha256,
  min(a.media_type) AS media_type,
  min(a.bytes) AS bytes,
  min(a.width) AS width,
  min(a.height) AS height
FROM report_photo AS p LEFT JOIN attachment AS a ON a.sha256 = p.attachment_sha256
WHERE p.sha256 = :sha256
