-- Add a subscriber; its id. Parameters: channel, name, address, secret (sealed, or null), topics, area_id.
INSERT INTO subscriber (channel, name, address, secret_sealed, topics, area_id)
VALUES (:channel, :name, :address, cast(:secret AS bytea), cast(:topics AS text[]), :area_id)
RETURNING id
