-- What became of a photo that a result announced, for its department. Parameters: whistle, announced.
-- Index: pk_whistle_photo.
SELECT whistle_photo_told(:whistle, :announced)
