-- A template with its states and edges as JSON. Parameters: code, version (or null for the newest).
-- Index: uq_workflow_code_version.
SELECT json_build_object(
  'code', w.code, 'version', w.version, 'name_zh', w.name_zh, 'name_en', w.name_en,
  'area', (SELECT a.code FROM area AS a WHERE a.id = w.area_id), 'schemes', w.schemes, 'sources', w.sources,
  'priority', w.priority, 'created_at', w.created_at, 'ended_at', w.ended_at,
  'versions', (
    SELECT json_agg(json_build_object('version', v.version, 'created_at', v.created_at, 'ended_at', v.ended_at)
      ORDER BY v.version DESC)
    FROM workflow AS v WHERE v.code = w.code
  ),
  'states', (
    SELECT json_agg(json_build_object(
      'status', s.status, 'label_zh', s.label_zh, 'label_en', s.label_en, 'stage', s.stage,
      'limit_value', s.limit_value, 'limit_kind', s.limit_kind, 'timeout', s.timeout_command
    ) ORDER BY s.position)
    FROM workflow_state AS s WHERE s.workflow_id = w.id
  ),
  'edges', (
    SELECT json_agg(json_build_object(
      'command', x.command, 'from', x.from_status, 'to', x.to_status, 'label_zh', x.label_zh, 'label_en', x.label_en,
      'permission', x.permission, 'party', x.party, 'at_level', x.at_level, 'not_by', x.not_by, 'needs', x.needs,
      'requires', x.requires, 'max_distance_m', x.max_distance_m, 'clock', x.clock, 'notifies', x.notifies,
      'by_system', x.by_system
    ) ORDER BY x.position, x.from_status, x.to_status)
    FROM workflow_edge AS x WHERE x.workflow_id = w.id
  )
)::text
FROM workflow AS w
WHERE w.code = :code AND w.version = coalesce(cast(:version AS int), w.version)
ORDER BY w.version DESC LIMIT 1
