-- What filing and closing an event by a standard goes by: its category and place, what it was filed under, and which
-- kinds of photos it has by now; those of its reports show it as it was.
-- Parameters: event. Indexes: pk_event, ix_command_photo_event_id, ix_report_event_id, pk_report_photo.
SELECT
  e.category_id, e.scope_path, e.standard_id,
  array(
    SELECT DISTINCT p.slot FROM command_photo AS p WHERE p.event_id = e.id
    UNION SELECT 'before' WHERE EXISTS (
      SELECT FROM report AS r JOIN report_photo AS p ON p.report_id = r.id WHERE r.event_id = e.id
    )
  ) AS slots
FROM event AS e WHERE e.id = :event
