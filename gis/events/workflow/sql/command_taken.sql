-- Store the answer of a command that was taken. Parameters: id, seq, answer, at. Index: pk_event_command.
UPDATE event_command SET state = 'taken', seq = :seq, answer = :answer, decided_at = :at, refusal = NULL
WHERE id = :id
