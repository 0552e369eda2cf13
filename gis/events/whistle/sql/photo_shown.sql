-- Whether a stored photo belongs to a whistle that is seen (at the mark: gis.events.whistle.store). Parameters: whistle, sha256 (of the stored copy).
-- Indexes: pk_whistle, ix_whistle_photo_attachment_sha256.
SELECT EXISTS (
  SELECT FROM whistle_photo AS p JOIN whistle AS w ON w.id = p.whistle_id
  WHERE w.id = :whistle AND p.attachment_sha256 = :sha256 AND /*seen*/
)
