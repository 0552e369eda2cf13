-- Move the clocks of a locked event on to the highest mark they have reached, and tell which these are. Of several
-- marks that went by at once (nobody was there to see) the highest counts; a clock beyond what calendars are made out
-- for asks for nothing more. Parameters: event, now.
-- Index: uq_event_clock_event_id_round_stage_turn.
WITH reached AS (
  SELECT c.id, c.warned, CASE
    WHEN c.stage = 'suspend' THEN 300
    ELSE (
      SELECT max(m) FROM unnest(ARRAY[50, 80, 100, 200, 300]) AS m
      WHERE clock_add(c.calendar_id, c.kind, c.running_since, c.value * (1 + c.extended) * m / 100 - c.used) <= :now
    )
  END AS mark, clock_add(c.calendar_id, c.kind, c.running_since, c.value * (1 + c.extended) - c.used) IS NULL AS beyond
  FROM event_clock AS c WHERE c.event_id = :event AND c.next_at <= :now FOR UPDATE
)
UPDATE event_clock AS c SET warned = greatest(c.warned, r.mark, CASE WHEN r.beyond THEN 300 END)
FROM reached AS r, event AS e
WHERE c.id = r.id AND e.id = c.event_id
RETURNING c.id, c.stage, c.kind, c.value, c.extended, c.due_at, r.warned AS before, c.warned AS mark, (
  SELECT s.timeout_command FROM workflow_state AS s
  WHERE s.workflow_id = e.workflow_id AND s.stage = c.stage ORDER BY s.status = e.status DESC, s.position LIMIT 1
) AS timeout
