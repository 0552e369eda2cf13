-- What a row of the log leaves behind in the tables of inspection and rating; called again it changes nothing.
-- Parameters: event, seq. Indexes: pk_event, uq_event_log_event_id_seq.
SELECT rating_follow(:event, :seq)
