-- Note a stored photo and give it to every report that announced it.
-- Parameters: announced (SHA-256 of the sent bytes), sha256 (of the stored copy), media_type, bytes, width,
-- height, taken_lon, taken_lat. Indexes: pk_attachment, ix_report_photo_sha256.
WITH stored AS (
  INSERT INTO attachment (sha256, media_type, bytes, width, height, taken_lon, taken_lat)
  VALUES (:sha256, :media_type, :bytes, :width, :height, :taken_lon, :taken_lat)
  ON CONFLICT (sha256) DO NOTHING
)
UPDATE report_photo SET attachment_sha256 = :sha256
WHERE sha256 = :announced AND attachment_sha256 IS NULL
