-- Open events with a clock at its next mark, those that wait longest first. Parameters: now, count.
-- Index: ix_event_clock_next_at.
SELECT event_id FROM (
  SELECT c.event_id, min(c.next_at) AS next_at FROM event_clock AS c
  WHERE c.next_at <= cast(:now AS timestamptz) GROUP BY c.event_id
) AS due
ORDER BY next_at, event_id LIMIT :count
