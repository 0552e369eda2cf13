-- The states from which the template of an event has a command. Parameters: id, command.
-- Index: pk_event, pk_workflow_edge, pk_workflow_state.
SELECT s.status, s.label_zh, s.label_en
FROM event AS e
JOIN workflow_state AS s ON s.workflow_id = e.workflow_id
WHERE e.id = :id AND EXISTS (
  SELECT FROM workflow_edge AS x
  WHERE x.workflow_id = e.workflow_id AND x.command = :command AND x.from_status = s.status
)
ORDER BY s.position
