-- Store which photos were announced by reports just taken in (intake.sql), in order. The id of its event tells a report
-- stored now from one that was there already, but for the very same statement asked twice. Parameters: items, as there. Index: pk_report.
INSERT INTO report_photo (report_id, sha256, position)
SELECT r.id, photo.sha256, photo.position
FROM jsonb_to_recordset(cast(:items AS jsonb)) AS g (id uuid, event_id uuid, photos jsonb)
JOIN report AS r ON r.id = g.id AND r.event_id = g.event_id
CROSS JOIN LATERAL jsonb_array_elements_text(g.photos) WITH ORDINALITY AS photo (sha256, position)
ON CONFLICT DO NOTHING
