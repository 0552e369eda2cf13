-- Whether an event is seen. Parameters: id, and those of the scope. Index: pk_event.
SELECT EXISTS (SELECT FROM event AS e WHERE e.id = :id /*scope*/)
