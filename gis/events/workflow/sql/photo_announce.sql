-- Note a photo of a command. Parameters: command, event, slot, sha256. Index: pk_command_photo.
INSERT INTO command_photo (command_id, sha256, slot, event_id) VALUES (:command, :sha256, :slot, :event)
ON CONFLICT DO NOTHING
