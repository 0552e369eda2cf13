-- Whether a stored photo belongs to a report or a command of an event that is seen, and is not confidential to who
-- asks. Parameters: sha256 (of the stored copy), and those of the scope.
-- Indexes: ix_report_photo_attachment_sha256, ix_command_photo_attachment_sha256.
SELECT EXISTS (
  SELECT FROM report_photo AS p
  JOIN report AS r ON r.id = p.report_id
  JOIN event AS e ON e.id = r.event_id
  WHERE p.attachment_sha256 = :sha256 AND (NOT (r.confidential OR e.confidential) /*confidential*/) /*scope*/
) OR EXISTS (
  SELECT FROM command_photo AS p
  JOIN event AS e ON e.id = p.event_id
  WHERE p.attachment_sha256 = :sha256 AND (NOT e.confidential /*confidential*/) /*scope*/
)
