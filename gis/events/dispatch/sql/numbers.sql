-- The numbers of those events that whoever asks may see. Parameters: ids, and those of the scope. Index: pk_event.
SELECT e.id, e.number FROM event AS e WHERE e.id = ANY(cast(:ids AS uuid[])) /*scope*/
