-- How many events lie in each box of whoever looks, by the conditions the lists use; put in at a mark as members.
-- Open events, and finished ones with an appeal that waits. Parameters: those of the boxes (gis.events.boxes), of the
-- filter (gis.events.filters) and of the scope (gis.db.visible). Indexes: as the filter and the scope allow.
SELECT json_build_object(
  'boxes', json_build_object(/*boxes*/),
  'as_of', transaction_timestamp()
)::text
FROM event AS e
WHERE (e.closed_at IS NULL OR e.id IN (SELECT o.event_id FROM overdue_appeal AS o WHERE o.decided_at IS NULL))
  /*filter*/ /*scope*/
