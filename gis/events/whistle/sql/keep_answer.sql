-- Keep the answer to a command, to be given again.
-- Parameters: id, whistle, body_sha256, answer (JSON text). Index: pk_whistle_command.
SELECT whistle_keep_answer(:id, :whistle, :body_sha256, :answer)
