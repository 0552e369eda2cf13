-- Store whom to ask about reports just taken in (intake.sql). The id of its event tells a report stored now from one
-- that was there already, but for the very same statement asked twice. Parameters: items, as there. Index: pk_report.
INSERT INTO report_contact (report_id, name, phone)
SELECT r.id, g.contact_name, g.contact_phone
FROM jsonb_to_recordset(cast(:items AS jsonb)) AS g (id uuid, event_id uuid, contact_name text, contact_phone text)
JOIN report AS r ON r.id = g.id AND r.event_id = g.event_id
WHERE g.contact_name IS NOT NULL OR g.contact_phone IS NOT NULL
ON CONFLICT DO NOTHING
