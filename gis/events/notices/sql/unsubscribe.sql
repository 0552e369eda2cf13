-- End a subscriber; its area, none where there is no such one in force. Parameters: id. Index: pk_subscriber.
UPDATE subscriber SET ended_at = now() WHERE id = :id AND ended_at IS NULL RETURNING area_id
