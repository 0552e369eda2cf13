-- Keep what was decided about an event, or what a person made of it. Parameters: the columns. SRID none.
-- Index: uq_dispatch_trace_event_id_seq; the event is locked by the step that is followed.
INSERT INTO dispatch_trace
  (event_id, seq, at, outcome, rule_set_id, rule, inputs, lost, target, proposed, alarm, detail, account_id, actor, reason)
SELECT :event_id, coalesce(max(t.seq), 0) + 1, :at, :outcome, :rule_set_id, :rule, cast(:inputs AS jsonb),
  cast(:lost AS jsonb), cast(:target AS jsonb), cast(:proposed AS jsonb), :alarm, :detail, :account_id,
  CASE WHEN cast(:account_id AS int) IS NULL THEN 'system' ELSE actor() END, :reason
FROM dispatch_trace AS t WHERE t.event_id = :event_id
