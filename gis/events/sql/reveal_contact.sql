-- The full contact of a report, put on record with its reason; no row where none was left.
-- Parameters: id, reason. The function checks the scope itself. Index: pk_report_contact.
SELECT name, phone FROM reveal_contact(:id, :reason)
