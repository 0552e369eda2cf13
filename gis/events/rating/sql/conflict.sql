-- Why an account may not inspect an event: null, same_person or same_department.
-- Parameters: event, account. Index: uq_event_log_event_id_seq.
SELECT inspection_conflict(:event, :account)
