-- Who changed rules of a kind, the latest first; nothing for whoever sets none. Parameters: kind (object type of the
-- audit), object (its id, or null for all), count. Index: uq_audit_object_type_object_id_seq.
SELECT at, actor, action, object_id AS object, details
FROM rule_changes(cast(:kind AS text), cast(:object AS text), cast(:count AS int))
