-- Let an event have been reported and its running clocks begun `days` days earlier, its deadlines be what follows.
-- Parameters: event, days. Index: uq_event_clock_open.
WITH earlier AS (
  UPDATE event_clock SET
    started_at = started_at - make_interval(days => :days), running_since = running_since - make_interval(days => :days)
  WHERE event_id = :event AND stopped_at IS NULL AND running_since IS NOT NULL
  RETURNING stage, due_at
)
UPDATE event SET
  opened_at = opened_at - make_interval(days => :days),
  due_at = coalesce((SELECT min(due_at) FROM earlier WHERE stage <> 'total'), due_at),
  promised_at = coalesce((SELECT due_at FROM earlier WHERE stage = 'total'), promised_at)
WHERE id = :event
