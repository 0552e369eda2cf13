-- Store a template as the next version of its code, within the caller's rules.edit. Parameters: template (JSON text).
SELECT version, area_id FROM create_workflow(cast(:template AS jsonb))
