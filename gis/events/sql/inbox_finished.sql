-- How many finished events lie in a box: those with an appeal that waits. Part of inbox, with its parameters.
-- Index: pk_event.
SELECT count(*) FROM event AS e
WHERE e.closed_at IS NOT NULL AND e.id IN (SELECT o.event_id FROM overdue_appeal AS o WHERE o.decided_at IS NULL)
  /*box*/ /*filter*/ /*scope*/
