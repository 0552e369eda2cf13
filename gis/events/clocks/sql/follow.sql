-- Let the clocks of an event follow its last step. Parameters: event, seq (of the step's row of the log).
-- Indexes: pk_event, uq_event_log_event_id_seq, uq_event_clock_event_id_round_stage_turn.
SELECT follow_clocks(cast(:event AS uuid), :seq)
