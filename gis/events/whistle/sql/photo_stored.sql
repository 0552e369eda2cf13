-- Note the stored copy of a photo; the area of the whistle when it was waited for, else null.
-- Parameters: whistle, announced, given (JSON text). Indexes: pk_whistle_photo, pk_attachment.
SELECT whistle_photo_stored(:whistle, :announced, cast(:given AS jsonb))
