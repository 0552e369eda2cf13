-- How many open events lie in each box of whoever looks, by the conditions the lists use; put in at a mark as members.
-- Parameters: those of the boxes (gis.events.boxes), of the filter (gis.events.filters) and of the scope
-- (gis.db.visible). Indexes: ix_event_open_scope_area, ix_event_open_department, pk_event_wait.
SELECT json_build_object(
  'boxes', json_build_object(/*boxes*/),
  'as_of', transaction_timestamp()
)::text
FROM event AS e
WHERE e.closed_at IS NULL /*filter*/ /*scope*/
