-- The commands held until another is taken. Parameters: id (of that one). Index: ix_event_command_after_id.
SELECT body FROM event_command WHERE after_id = :id AND state = 'held' ORDER BY received_at, id
