-- The area of a subscriber one sets rules for. Parameters: id. Index: pk_subscriber.
SELECT area_id FROM subscriber WHERE id = :id
