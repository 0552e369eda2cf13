-- The event that another shall be merged into, as far as it is seen. Parameters: id, and those of the scope; whether
-- its intake is the caller's is put in at a mark. Index: pk_event.
SELECT e.merged_into, e.closed_at, (/*accepts*/) AS accepts FROM event AS e WHERE e.id = :id /*scope*/
