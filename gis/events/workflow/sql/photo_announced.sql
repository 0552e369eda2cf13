-- The stored copy of a photo that a command of the caller announces: all null while it has not come, no row when none
-- announces it. Parameters: command, sha256 (in hand). Index: pk_command_photo.
SELECT a.sha256, a.media_type, a.bytes, a.width, a.height
FROM event_command AS c
JOIN command_photo AS p ON p.command_id = c.id AND p.sha256 = :sha256
LEFT JOIN attachment AS a ON a.sha256 = p.attachment_sha256
WHERE c.id = :command
LIMIT 1
