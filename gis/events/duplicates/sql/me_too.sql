-- Say of an open event that it is there; the function of the owner counts each voice once.
-- Parameters: event, who (SHA-256 of account or device), code (a new tracking code). Indexes: pk_event,
-- uq_me_too_event_id_who.
SELECT * FROM say_me_too(cast(:event AS uuid), cast(:who AS bytea), cast(:code AS text))
