-- Note a stored photo, give it to the command that announced it, and audit it; the event it is of. Where none waits,
-- nothing is written.
-- Parameters: command, announced (SHA-256 of the sent bytes; in hand), sha256 (of the stored copy), media_type, bytes,
-- width, height, taken_lon, taken_lat, look. Indexes: pk_attachment, pk_command_photo.
WITH waiting AS MATERIALIZED (
  SELECT p.event_id, e.scope_area_id FROM command_photo AS p JOIN event AS e ON e.id = p.event_id
  WHERE p.command_id = :command AND p.sha256 = :announced AND p.attachment_sha256 IS NULL LIMIT 1
), stored AS (
  INSERT INTO attachment (sha256, media_type, bytes, width, height, taken_lon, taken_lat, look)
  SELECT
    :sha256, :media_type, cast(:bytes AS int), cast(:width AS int), cast(:height AS int),
    cast(:taken_lon AS float8), cast(:taken_lat AS float8), cast(:look AS bigint)
  FROM waiting
  ON CONFLICT DO NOTHING
), given AS (
  UPDATE command_photo SET attachment_sha256 = :sha256
  WHERE command_id = :command AND sha256 = :announced AND attachment_sha256 IS NULL
), told AS (
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  SELECT
    scope_area_id, 'photo.store', 'event', event_id::text,
    jsonb_build_object('photo', cast(:announced AS text), 'bytes', cast(:bytes AS int), 'command', cast(:command AS text))
  FROM waiting
)
SELECT event_id FROM waiting
