-- What decides whether the asker may have the full contact of a report: where it belongs, and the two permissions.
-- Whoever sees the event has a row. Parameters: id, and those of the scope. Index: pk_report.
SELECT
  e.scope_area_id,
  covers_event('contacts.reveal', e.scope_area_id, e.department_id, e.category_id) AS may,
  NOT (r.confidential OR e.confidential) OR covers('events.confidential', e.scope_area_id) AS may_confidential
FROM report AS r JOIN event AS e ON e.id = r.event_id
WHERE r.id = :id /*scope*/
