-- Take a step: its row of the log and the event after it. Refusals are errors WG409 and WG412 of the database.
-- Parameters: event, command, to_status, base_version, command_id, note, details, changes (JSON text).
SELECT seq, at, version, status, round
FROM take_step(
  :event, :command, :to_status, cast(:base_version AS int), :command_id, cast(:note AS text),
  cast(:details AS jsonb), cast(:changes AS jsonb)
)
