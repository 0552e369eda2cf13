-- Take an event for its clocks, unless somebody is at it: every command locks the event first, so nobody waits in a
-- circle. Parameters: event. Index: pk_event.
SELECT e.number, e.scope_area_id, e.supervised, e.round
FROM event AS e WHERE e.id = :event FOR NO KEY UPDATE SKIP LOCKED
