-- Who of this name may handle an event. Parameters: event, name.
SELECT handler_named(e, cast(:name AS text)) FROM event AS e WHERE e.id = :event
