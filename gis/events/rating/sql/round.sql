-- How long a round may be rated and objected to, and who reviewed its appeal; no row where none has ended.
-- Parameters: event, round. Indexes: pk_event_round, pk_overdue_appeal.
SELECT r.rate_until, r.object_until, workflow_now() AS now, o.reviewed_by, o.favour,
  o.event_id IS NOT NULL AS appealed
FROM event_round AS r
LEFT JOIN overdue_appeal AS o ON o.event_id = r.event_id AND o.round = r.round
WHERE r.event_id = :event AND r.round = :round
