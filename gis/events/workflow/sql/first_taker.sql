-- The department that first took an event in its round, when it has just been returned for the second time.
-- Parameters: event. Index: pk_event, uq_event_log_event_id_seq.
SELECT d.code FROM event AS e JOIN department AS d ON d.id = first_taker(e)
WHERE e.id = :event AND e.status = 'filed' AND e.bounces = 2 AND e.department_id IS NULL
