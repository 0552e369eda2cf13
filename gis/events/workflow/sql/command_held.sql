-- Let a command wait for the one before it. Parameters: id. Index: pk_event_command.
UPDATE event_command SET state = 'held', refusal = NULL, decided_at = NULL WHERE id = :id
