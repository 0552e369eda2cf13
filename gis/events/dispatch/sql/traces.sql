-- What was decided about an event, in order. Parameters: id; the policies of the event decide who sees it.
-- Index: uq_dispatch_trace_event_id_seq.
SELECT t.seq, t.at, t.outcome, t.rule_set_id, s.city, s.version AS rule_set, s.name_zh AS rule_set_zh,
  s.name_en AS rule_set_en, t.rule, r.body AS rule_body, t.inputs, t.lost, t.target, t.proposed, t.alarm, t.detail,
  t.actor AS by, t.reason, (
    SELECT jsonb_object_agg(x.code, x.body)
    FROM dispatch_rule AS x
    WHERE x.rule_set_id = t.rule_set_id AND x.code = ANY(
      SELECT one ->> 'rule' FROM jsonb_array_elements(t.lost) AS one)
  ) AS lost_bodies
FROM dispatch_trace AS t
LEFT JOIN dispatch_rule_set AS s ON s.id = t.rule_set_id
LEFT JOIN dispatch_rule AS r ON r.rule_set_id = t.rule_set_id AND r.code = t.rule
WHERE t.event_id = :id ORDER BY t.seq
