-- Whether a stored photo belongs to a report that is not confidential.
-- Parameters: sha256 (of the stored copy). Index: ix_report_photo_attachment_sha256.
SELECT EXISTS (
  SELECT FROM report_photo AS p JOIN report AS r ON r.id = p.report_id
  WHERE p.attachment_sha256 = :sha256 AND NOT r.confidential
)
