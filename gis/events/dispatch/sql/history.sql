-- What happened where a rule set is for, since a day: facts without words. Parameters: city, since.
-- Indexes: ix_event_opened_at_id, uq_dispatch_trace_event_id_seq.
SELECT h.event_id, h.category_id, h.area_id, h.opened_at, h.urgency, h.source, d.code AS department, h.answers, h.owner
FROM dispatch_history(cast(:city AS text), cast(:since AS timestamptz)) AS h
LEFT JOIN department AS d ON d.id = h.department_id
