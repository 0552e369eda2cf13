-- The tracking code of the event a code stands for now: its own, that of a “me too”, that of what it was merged into.
-- Parameters: code. Indexes: uq_event_tracking_code, uq_me_too_tracking_code.
SELECT stands_for(cast(:code AS text))
