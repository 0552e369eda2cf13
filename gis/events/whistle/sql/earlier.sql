-- The answer to a command with this id that was taken before, after waiting for one that is under way.
-- Parameters: id. Index: pk_whistle_command.
SELECT body_sha256, answer, elsewhere FROM whistle_earlier(:id)
