-- Write the message of a step with notices for the parties of its edge; null when nobody acts.
-- Parameters: topic, event, area_id, payload (JSON text), parties, but (the account that took the step).
-- Indexes: pk_event, ix_role_grant_area_id, ix_role_grant_department_id.
SELECT put_outbox(
  cast(:topic AS text), cast(:event AS uuid), cast(:area_id AS int), cast(:payload AS jsonb),
  event_parties(cast(:event AS uuid), cast(:parties AS text[]), cast(:but AS int))
)
