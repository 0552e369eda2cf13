-- Contacts and announced photos of the reports of a batch, which a statement before stored.
-- Parameters: items (as of intake.sql), batch (in hand under row-level security). Index: pk_report.
WITH given AS MATERIALIZED (
  SELECT g.id, g.contact_name, g.contact_phone, g.photos
  FROM jsonb_to_recordset(cast(:items AS jsonb)) AS g (id uuid, contact_name text, contact_phone text, photos jsonb)
  JOIN report AS r ON r.id = g.id AND r.batch_id = cast(:batch AS uuid)
), new_contact AS (
  INSERT INTO report_contact (report_id, name, phone)
  SELECT id, contact_name, contact_phone FROM given WHERE contact_name IS NOT NULL OR contact_phone IS NOT NULL
)
INSERT INTO report_photo (report_id, sha256, position)
SELECT given.id, photo.sha256, photo.position
FROM given, jsonb_array_elements_text(given.photos) WITH ORDINALITY AS photo (sha256, position)
