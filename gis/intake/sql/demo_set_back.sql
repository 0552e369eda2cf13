-- Let the running clocks of an event have begun `days` days earlier, and its deadlines be what follows from that.
-- Parameters: event, days. Index: uq_event_clock_open.
WITH earlier AS (
  UPDATE event_clock SET
    started_at = started_at - make_interval(days => :days), running_since = running_since - make_interval(days => :days)
  WHERE event_id = :event AND stopped_at IS NULL AND running_since IS NOT NULL
  RETURNING stage, due_at
)
UPDATE event SET
  due_at = coalesce((SELECT min(due_at) FROM earlier WHERE stage <> 'total'), due_at),
  promised_at = coalesce((SELECT due_at FROM earlier WHERE stage = 'total'), promised_at)
WHERE id = :event
