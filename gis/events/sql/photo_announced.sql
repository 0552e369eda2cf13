-- Whether any report announces a photo, and the stored copy if it has arrived before.
-- Parameters: sha256 (of the announced bytes). Index: ix_report_photo_sha256.
SELECT
  count(*) AS reports,
  min(a.sha256) AS sha256,
  min(a.media_type) AS media_type,
  min(a.bytes) AS bytes,
  min(a.width) AS width,
  min(a.height) AS height
FROM report_photo AS p LEFT JOIN attachment AS a ON a.sha256 = p.attachment_sha256
WHERE p.sha256 = :sha256
