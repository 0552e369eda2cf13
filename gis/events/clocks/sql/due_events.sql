-- Open events with a clock at its next mark, those that wait longest first, without those that failed and wait for
-- another try. Parameters: now, count. Indexes: ix_event_clock_next_at, pk_duty_fault.
SELECT event_id FROM (
  SELECT c.event_id, min(c.next_at) AS next_at FROM event_clock AS c
  WHERE c.next_at <= cast(:now AS timestamptz) AND NOT EXISTS (
    SELECT FROM duty_fault AS f
    WHERE f.duty = 'clocks' AND f.subject = c.event_id AND f.retry_at > cast(:now AS timestamptz))
  GROUP BY c.event_id
) AS due
ORDER BY next_at, event_id LIMIT :count
