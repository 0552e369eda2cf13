-- Write one row of the audit; who acts, when, and the chain, the trigger audit_fill adds.
-- Parameters: area_id (or null), action, object_type, object_id, result, details (JSON text).
-- Index: uq_audit_object_type_object_id_seq, read backwards for the row before.
INSERT INTO audit (area_id, action, object_type, object_id, result, details)
VALUES (
  cast(:area_id AS int), :action, :object_type, :object_id, :result, cast(:details AS jsonb)
)
