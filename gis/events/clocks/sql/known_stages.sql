-- The stages of every workflow in force, by its code. Parameters: none. Index: pk_workflow_state.
SELECT DISTINCT w.code, s.stage
FROM workflow AS w JOIN workflow_state AS s ON s.workflow_id = w.id
WHERE w.ended_at IS NULL AND s.stage IS NOT NULL
