-- The steps an event could take now, and why whoever asks may not (null: may).
-- Parameters: id, command (or null for all). Index: pk_event, pk_workflow_edge.
SELECT
  s.command, s.from_status, s.to_status, s.permission, s.party, s.at_level, s.not_by, s.needs, s.requires,
  s.max_distance_m, s.clock, s.notifies, s.by_system, s.label_zh, s.label_en, step_refusal(e, s) AS refusal
FROM event AS e
JOIN workflow_edge AS s ON s.workflow_id = e.workflow_id AND s.from_status = e.status
WHERE e.id = :id AND s.command = coalesce(cast(:command AS text), s.command)
ORDER BY s.position, s.to_status
