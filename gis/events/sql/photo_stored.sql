-- Note a stored photo, give it to every report that announced it, and audit it with the first of them.
-- Where none waits for it any more, nothing is written. Under row-level security the announced photo and that report
-- are in hand; the new attachment is not seen before a report has it, so its conflict names no column.
-- Parameters: announced (SHA-256 of the sent bytes), sha256 (of the stored copy), media_type, bytes, width,
-- height, taken_lon, taken_lat, look. Indexes: pk_attachment, ix_report_photo_sha256.
WITH waiting AS MATERIALIZED (
  SELECT report_id FROM report_photo
  WHERE sha256 = :announced AND attachment_sha256 IS NULL ORDER BY report_id LIMIT 1
), stored AS (
  INSERT INTO attachment (sha256, media_type, bytes, width, height, taken_lon, taken_lat, look)
  SELECT
    :sha256, :media_type, cast(:bytes AS int), cast(:width AS int), cast(:height AS int),
    cast(:taken_lon AS float8), cast(:taken_lat AS float8), cast(:look AS bigint)
  FROM waiting
  ON CONFLICT DO NOTHING
), given AS (
  UPDATE report_photo SET attachment_sha256 = :sha256
  WHERE sha256 = :announced AND attachment_sha256 IS NULL
), told AS (
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  SELECT
    (SELECT scope_area_id FROM report AS r WHERE r.id = report_id), 'photo.store', 'report', report_id::text,
    jsonb_build_object('photo', cast(:announced AS text), 'bytes', cast(:bytes AS int))
  FROM waiting
)
SELECT count(*) FROM waiting
