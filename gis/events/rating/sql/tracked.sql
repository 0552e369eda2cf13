-- The event of a tracking code that is in hand. Parameters: code. Index: uq_event_tracking_code.
SELECT e.id, e.number, e.version, e.round, e.status FROM event AS e WHERE e.tracking_code = :code
