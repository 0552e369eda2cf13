-- The command stored under an id, locked; none where somebody else sent it. Parameters: id. Index: pk_event_command.
SELECT body_sha256, state, answer, refusal, after_id, event_id
FROM event_command WHERE id = :id FOR UPDATE
