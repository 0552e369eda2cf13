-- One event with its log and what may be told of its reports. Confidential words, photos and contacts are for those
-- who hold them here; full contacts are revealed one by one elsewhere. What the list tells is put in at a mark.
-- What a running clock has used is told as of the whole minute, so that within it the same event is the same text.
-- Parameters: id, and those of the scope (gis.db.visible). SRID 4326.
-- Indexes: pk_event, pk_filing_standard, uq_event_log_event_id_seq, ix_report_event_id, ix_role_grant_account_id.
SELECT row_to_json(told)::text
FROM (
  SELECT
    /*event_members*/,
    scope.name AS scope_name,
    (
      SELECT json_build_object(
        'code', w.code, 'version', w.version, 'name_zh', w.name_zh, 'name_en', w.name_en,
        'status_zh', s.label_zh, 'status_en', s.label_en)
      FROM workflow AS w LEFT JOIN workflow_state AS s ON s.workflow_id = w.id AND s.status = e.status
      WHERE w.id = e.workflow_id
    ) AS workflow,
    e.standard_id AS standard,
    json_build_object(
      'bounces', e.bounces, 'reworks', e.reworks, 'overdue_s', e.overdue_s, 'exempt', e.exempt,
      'suspended_from', e.suspended_from, 'filed_under', (
        SELECT json_build_object(
          'id', f.id, 'condition_no', f.condition_no, 'condition', f.condition_text, 'condition_en', f.condition_en,
          'limit_kind', f.limit_kind, 'limit_value', f.limit_value::float8, 'closure', f.closure_text,
          'closure_en', f.closure_en, 'evidence', f.evidence)
        FROM filing_standard AS f WHERE f.id = e.standard_id),
      'co_departments', (
        SELECT coalesce(json_agg(json_build_object(
          'code', d.code, 'name', d.name, 'awaited', d.id = ANY(co_open(e))) ORDER BY d.code), '[]')
        FROM department AS d WHERE d.id = ANY(e.co_departments))) AS standing,
    (
      SELECT json_agg(json_build_object(
        'seq', l.seq, 'at', l.at, 'actor', l.actor, 'action', l.action, 'from', l.from_status,
        'to', l.to_status, 'round', l.round, 'note', l.note, 'reason', l.details ->> 'reason', 'data', l.details -> 'data',
        'distance_m', l.details -> 'distance_m', 'no_standard', coalesce((l.details -> 'no_standard')::boolean, false),
        'filed_under', (
          SELECT json_build_object(
            'id', f.id, 'condition_no', f.condition_no, 'condition', f.condition_text, 'condition_en', f.condition_en,
            'limit_kind', f.limit_kind, 'limit_value', f.limit_value::float8, 'closure', f.closure_text,
            'closure_en', f.closure_en, 'evidence', f.evidence)
          FROM filing_standard AS f WHERE f.id = (l.details ->> 'filed_under')::int
        ), 'photos', (
          SELECT coalesce(json_agg(json_build_object('slot', p.slot, 'sha256', p.attachment_sha256) ORDER BY p.slot, p.sha256), '[]')
          FROM command_photo AS p
          WHERE p.command_id = l.command_id AND p.attachment_sha256 IS NOT NULL AND (NOT e.confidential /*confidential*/)
        ), 'post', CASE WHEN p.seq IS NOT NULL THEN json_build_object(
          'role_zh', p.role_zh, 'role_en', p.role_en, 'place', p.place) END,
        'hash', encode(l.hash, 'hex')
      ) ORDER BY l.seq)
      FROM event_log AS l LEFT JOIN posts_in_log(e.id) AS p ON p.seq = l.seq WHERE l.event_id = e.id
    ) AS log,
    (
      SELECT coalesce(json_agg(json_build_object(
        'round', k.round, 'stage', k.stage, 'turn', k.turn, 'kind', k.kind, 'value', k.value::float8,
        'extended', k.extended, 'source', k.source, 'calendar', m.code, 'calendar_version', m.version,
        'provisional', k.provisional, 'started_at', k.started_at, 'first_due_at', k.first_due_at, 'due_at', k.due_at,
        'paused_at', k.paused_at, 'paused_until', k.paused_until, 'pause_reason', k.pause_reason,
        'stopped_at', k.stopped_at, 'outcome', k.outcome, 'warned', k.warned,
        'used', u.used::float8, 'multiple', (u.used / (k.value * (1 + k.extended)) - 1)::float8
      ) ORDER BY k.id), '[]')
      FROM event_clock AS k
      JOIN calendar AS m ON m.id = k.calendar_id
      CROSS JOIN LATERAL (SELECT round(k.used + coalesce(clock_elapsed(
        k.calendar_id, k.kind, k.running_since, greatest(date_trunc('minute', now()), k.running_since)), 0), 6) AS used) AS u
      WHERE k.event_id = e.id
    ) AS clocks,
    (
      SELECT json_build_object(
        'at', t.at, 'outcome', t.outcome, 'rule', t.rule, 'rule_name', r.body ->> 'name', 'alarm', t.alarm,
        'target', t.target || jsonb_build_object('name', coalesce(
          (SELECT d.name FROM department AS d WHERE d.code = t.target ->> 'code'),
          (SELECT a.name FROM area AS a WHERE a.code = t.target ->> 'code' AND a.valid_to IS NULL))))
      FROM dispatch_trace AS t
      LEFT JOIN dispatch_rule AS r ON r.rule_set_id = t.rule_set_id AND r.code = t.rule
      WHERE t.event_id = e.id ORDER BY t.seq DESC LIMIT 1
    ) AS dispatch,
    (
      SELECT json_agg(json_build_object(
        'id', r.id, 'event', r.event_id, 'source', r.source, 'on_behalf', r.recorded_by IS NOT NULL,
        'coord_sys', r.coord_sys, 'accuracy_m', r.accuracy_m,
        'occurred_at', r.occurred_at, 'reported_at', r.reported_at, 'recorded_at', r.recorded_at,
        'clock_ahead', r.reported_at > r.recorded_at + interval '5 minutes',
        'contact', (
          SELECT json_build_object('name_masked', k.name_masked, 'phone_masked', k.phone_masked,
            'may_reveal', (true /*reveal*/))
          FROM report_contact AS k WHERE k.report_id = r.id /*masked*/
        ),
        'photos', (
          SELECT coalesce(json_agg(p.attachment_sha256 ORDER BY p.position)
            FILTER (WHERE p.attachment_sha256 IS NOT NULL), '[]')
          FROM report_photo AS p
          WHERE p.report_id = r.id AND (NOT (r.confidential OR e.confidential) /*confidential*/)
        )
      ) ORDER BY r.recorded_at, r.id)
      FROM report AS r
      WHERE r.event_id = ANY(ARRAY(SELECT e.id UNION ALL SELECT m.id FROM event AS m WHERE m.merged_into = e.id))
    ) AS reports,
    (SELECT json_build_object('id', m.id, 'number', m.number) FROM event AS m WHERE m.id = e.merged_into) AS merged_into,
    (
      SELECT coalesce(json_agg(json_build_object('id', m.id, 'number', m.number) ORDER BY m.opened_at, m.id), '[]')
      FROM event AS m WHERE m.merged_into = e.id
    ) AS merged,
    (
      SELECT json_build_object('answer', k.answer, 'lon', ST_X(k.geom), 'lat', ST_Y(k.geom), 'at', k.at)
      FROM report AS r JOIN report_confirmation AS k ON k.report_id = r.id WHERE r.event_id = e.id
      ORDER BY k.at DESC LIMIT 1
    ) AS confirmation,
    (SELECT w.alarms FROM sensor_storm AS w WHERE w.event_id = e.id) AS alarms,
    (
      SELECT coalesce(json_agg(json_build_object(
        'round', n.round, 'ended_at', n.ended_at, 'ended_as', n.ended_as, 'outcome', n.outcome,
        'promised_at', n.promised_at, 'overdue_s', n.overdue_s, 'exempt', n.exempt, 'rate_until', n.rate_until,
        'object_until', n.object_until, 'objected_at', n.objected_at,
        'objection', CASE WHEN NOT e.confidential THEN n.objection END,
        'rating', CASE WHEN g.score IS NOT NULL THEN json_build_object(
          'score', g.score, 'solved', g.solved, 'at', g.at, 'text', CASE WHEN NOT e.confidential THEN g.words END) END,
        'appeal', CASE WHEN o.event_id IS NOT NULL THEN json_build_object(
          'asked_at', o.asked_at, 'reason', o.reason, 'reviewed_at', o.reviewed_at, 'favour', o.favour,
          'opinion', o.opinion, 'decided_at', o.decided_at, 'granted', o.granted, 'decision', o.decision) END
      ) ORDER BY n.round), '[]')
      FROM event_round AS n
      LEFT JOIN event_rating AS g ON g.event_id = n.event_id AND g.round = n.round
      LEFT JOIN overdue_appeal AS o ON o.event_id = n.event_id AND o.round = n.round
      WHERE n.event_id = e.id
    ) AS rounds,
    (
      SELECT coalesce(json_agg(json_build_object(
        'round', s.round, 'kind', s.kind, 'draw', s.draw, 'share', s.share, 'taken', s.taken) ORDER BY s.round, s.kind), '[]')
      FROM event_sample AS s WHERE s.event_id = e.id
    ) AS samples,
    (
      SELECT coalesce(json_agg(json_build_object(
        'kind', t.kind, 'state', t.state, 'round', t.round, 'assigned_at', t.assigned_at, 'done_at', t.done_at,
        'assigned', t.assignee_id IS NOT NULL, 'mine', coalesce(t.assignee_id = account_id(), false)) ORDER BY t.id), '[]')
      FROM inspection_task AS t WHERE t.event_id = e.id
    ) AS inspections,
    (
      SELECT coalesce(json_agg(json_build_object(
        'round', k.round, 'sampled', k.sampled, 'due_at', k.due_at, 'done_at', k.done_at, 'reached', k.reached,
        'answered', k.answered, 'solved', k.solved, 'satisfied', k.satisfied, 'omitted', k.omitted) ORDER BY k.id), '[]')
      FROM call_back AS k WHERE k.event_id = e.id
    ) AS call_backs,
    (
      SELECT coalesce(json_agg(json_build_object(
        'id', w.id, 'status', w.status, 'blown_at', w.blown_at, 'closed_at', w.closed_at) ORDER BY w.blown_at, w.id), '[]')
      FROM whistle AS w WHERE w.event_id = e.id AND (maintains() OR sees_whistle(w))
    ) AS whistles
  FROM event AS e
  JOIN category AS c ON c.id = e.category_id
  JOIN area AS scope ON scope.id = e.scope_area_id
  LEFT JOIN area AS grid ON grid.id = e.grid_id
  WHERE e.id = :id /*scope*/
) AS told
