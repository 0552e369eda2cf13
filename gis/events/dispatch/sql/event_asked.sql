-- Whether an event exists for whoever asks, said once more beside the policies; where it is, and whether events.approve
-- reaches it. Parameters: id, and those of the scope (gis.db.visible). Index: pk_event.
SELECT e.id, e.number, e.scope_area_id, e.scope_path, e.category_id,
  NOT e.confidential /*confidential*/ AS reads_words,
  covers_event('events.approve', e.scope_area_id, e.department_id, e.category_id) AS may_approve
FROM event AS e WHERE e.id = :id /*scope*/
