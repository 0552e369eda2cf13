-- A whistle whole: what each department did and when, its appeal, the history, and the steps the reader may take now.
-- What is written at the mark, gis.events.whistle.store knows. Parameters: id. SRID 4326. Indexes: pk_whistle, pk_whistle_answer, uq_whistle_log_whistle_id_seq.
SELECT json_build_object(
  'id', w.id, 'status', w.status, 'version', w.version, 'reason', w.reason, 'urgency', w.urgency,
  'source', w.source, 'address', w.address,
  'lon', round(ST_X(w.geom)::numeric, 6), 'lat', round(ST_Y(w.geom)::numeric, 6),
  'area', json_build_object('code', b.code, 'name', b.name),
  'approver_area', json_build_object('code', up.code, 'name', up.name),
  'event', (
    SELECT json_build_object('id', e.id, 'number', e.number) FROM event AS e WHERE e.id = w.event_id
      AND (maintains() OR covers_event('events.read', e.scope_area_id, e.department_id, e.category_id))
  ),
  'mine', coalesce(w.blown_by = account_id(), false), 'blown_at', w.blown_at, 'approve_due', w.approve_due,
  'decided_at', w.decided_at, 'decision', w.decision, 'closed_at', w.closed_at,
  'max_distance_m', r.max_distance_m, 'worst_accuracy_m', r.worst_accuracy_m,
  'allowed', (
    SELECT coalesce(json_agg(json_build_object(
      'command', x.command, 'to', x.to_status, 'label_zh', x.label_zh, 'label_en', x.label_en,
      'requires', x.requires) ORDER BY x.position), '[]')
    FROM whistle_edge AS x
    WHERE x.subject = 'whistle' AND x.from_status = w.status AND whistle_party(x.party, w, NULL)
  ),
  'departments', (
    SELECT coalesce(json_agg(json_build_object(
      'code', d.code, 'name', d.name, 'status', a.status, 'version', a.version,
      'called_at', a.called_at, 'accept_due', a.accept_due, 'accepted_at', a.accepted_at,
      'arrive_due', a.arrive_due, 'arrived_at', a.arrived_at, 'arrival_distance_m', a.arrival_distance_m,
      'arrival_accuracy_m', a.arrival_accuracy_m, 'witnessed', a.witnessed,
      'plan_due', a.plan_due, 'planned_at', a.planned_at, 'plan', a.plan, 'promised_at', a.promised_at,
      'result_due', a.result_due, 'resolved_at', a.resolved_at, 'outcome', a.outcome, 'report', a.report,
      'returns', a.returns, 'rate_due', a.rate_due,
      'photos', (
        SELECT coalesce(json_agg(p.attachment_sha256 ORDER BY p.sha256)
          FILTER (WHERE p.attachment_sha256 IS NOT NULL), '[]')
        FROM whistle_photo AS p WHERE p.whistle_id = w.id AND p.department_id = a.department_id
      ),
      'photos_missing', (
        SELECT coalesce(json_agg(p.sha256 ORDER BY p.sha256) FILTER (WHERE p.attachment_sha256 IS NULL), '[]')
        FROM whistle_photo AS p WHERE p.whistle_id = w.id AND p.department_id = a.department_id
          AND whistle_handles(p.department_id)
      ),
      'rating', CASE WHEN a.status = 'rated' THEN json_build_object(
        'at', a.rated_at, 'timeliness', a.timeliness, 'effort', a.effort, 'result', a.result,
        'solved', a.solved, 'text', a.remark) END,
      'appeal', (
        SELECT json_build_object('status', p.status, 'reason', p.reason, 'asked_at', p.asked_at,
          'decided_at', p.decided_at, 'decision', p.decision)
        FROM whistle_appeal AS p WHERE p.whistle_id = a.whistle_id AND p.department_id = a.department_id
      ),
      'allowed', (
        SELECT coalesce(json_agg(json_build_object(
          'command', x.command, 'to', x.to_status, 'label_zh', x.label_zh, 'label_en', x.label_en,
          'requires', x.requires) ORDER BY x.position), '[]')
        FROM whistle_edge AS x
        WHERE whistle_party(x.party, w, a.department_id) AND (
          x.subject = 'answer' AND x.from_status = a.status
          AND NOT (x.command = 'return' AND a.returns >= r.most_returns)
          OR x.subject = 'appeal' AND a.status = 'rated' AND x.from_status = coalesce((
            SELECT p.status FROM whistle_appeal AS p
            WHERE p.whistle_id = a.whistle_id AND p.department_id = a.department_id), 'none')
        )
      )
    ) ORDER BY d.code), '[]')
    FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id WHERE a.whistle_id = w.id
  ),
  'log', (
    SELECT json_agg(json_build_object(
      'seq', l.seq, 'at', l.at, 'actor', l.actor, 'command', l.command,
      'department', (SELECT d.code FROM department AS d WHERE d.id = l.department_id),
      'from', l.from_status, 'to', l.to_status, 'said', l.said
    ) ORDER BY l.seq)
    FROM whistle_log AS l WHERE l.whistle_id = w.id
  )
)::text
FROM whistle AS w
JOIN area AS b ON b.id = w.blower_area_id
JOIN area AS up ON up.id = w.approver_area_id
JOIN whistle_rule AS r ON r.id = w.rule_id
WHERE w.id = :id AND /*seen*/
