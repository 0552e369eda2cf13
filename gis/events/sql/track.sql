-- What whoever holds a tracking code may see: where the matter stands and since when; no words, no place.
-- Whoever reported it, or what was merged into it, also reads what the closings say to them, and may object; with the
-- code of this very report they may rate it and see, unless anything of it is confidential, their own photos, and once
-- a round is closed those of its result. Until when one may object is told where one may.
-- Parameters: code (in hand), holder (of the code that was asked for: reporter, merged or me_too), merged_from (JSON).
-- Indexes: uq_event_tracking_code, ix_report_event_id, uq_event_log_event_id_seq, pk_command_photo, pk_event_round.
SELECT json_build_object(
  'event_number', e.number,
  'status', e.status,
  'category', c.scheme || ':' || c.kind || ':' || c.code,
  'category_zh', c.name_zh,
  'category_en', c.name_en,
  'grid_name', grid.name,
  'opened_at', e.opened_at,
  'updated_at', e.updated_at,
  'closed_at', e.closed_at,
  'promised_at', e.promised_at,
  'holder', cast(:holder AS text),
  'merged_from', cast(cast(:merged_from AS text) AS json),
  'photos_missing', (
    SELECT coalesce(json_agg(p.sha256 ORDER BY p.position), '[]')
    FROM report AS r JOIN report_photo AS p ON p.report_id = r.id
    WHERE r.event_id = e.id AND p.attachment_sha256 IS NULL AND :holder = 'reporter'
  ),
  'photos', (
    SELECT coalesce(json_agg(json_build_object('slot', s.slot, 'sha256', s.sha256, 'round', s.round)
      ORDER BY s.seq, s.position, s.sha256), '[]')
    FROM (
      SELECT 'report' AS slot, p.attachment_sha256 AS sha256, NULL AS round, 0 AS seq, p.position
      FROM report AS r JOIN report_photo AS p ON p.report_id = r.id WHERE r.event_id = e.id AND NOT r.confidential
      UNION ALL
      SELECT p.slot, p.attachment_sha256, l.round, l.seq, 0
      FROM event_log AS l JOIN command_photo AS p ON p.command_id = l.command_id AND p.slot = 'after'
      WHERE l.event_id = e.id AND (l.round < e.round OR e.status = 'closed') AND l.seq > coalesce((
        SELECT max(f.seq) FROM event_log AS f
        WHERE f.event_id = e.id AND f.round = l.round AND f.action = 'fail_inspection'), 0)
    ) AS s
    WHERE s.sha256 IS NOT NULL AND :holder = 'reporter' AND NOT e.confidential
  ),
  'reply', (
    SELECT l.details #>> '{data,reply}' FROM event_log AS l
    WHERE l.event_id = e.id AND l.round = e.round AND l.to_status = e.status AND l.from_status <> l.to_status
      AND e.closed_at IS NOT NULL AND :holder <> 'me_too'
    ORDER BY l.seq DESC LIMIT 1
  ),
  'earlier', (
    SELECT coalesce(json_agg(json_build_object(
      'round', x.round, 'status', x.to_status, 'at', x.at, 'reply', x.reply) ORDER BY x.round), '[]')
    FROM (
      SELECT DISTINCT ON (l.round) l.round, l.to_status, l.at,
        CASE WHEN :holder <> 'me_too' THEN l.details #>> '{data,reply}' END AS reply
      FROM event_log AS l WHERE l.event_id = e.id AND l.round < e.round AND l.from_status <> l.to_status
      ORDER BY l.round, l.seq DESC
    ) AS x
  ),
  'history', (
    SELECT json_agg(json_build_object('at', l.at, 'status', l.to_status, 'action', l.action, 'round', l.round) ORDER BY l.seq)
    FROM event_log AS l WHERE l.event_id = e.id
  ),
  'round', e.round,
  'outcome', (
    SELECT n.outcome FROM event_round AS n WHERE n.event_id = e.id AND n.round = e.round AND e.closed_at IS NOT NULL
  ),
  'rating', (
    SELECT json_build_object(
      'rate_until', CASE WHEN :holder = 'reporter' THEN n.rate_until END,
      'object_until', CASE WHEN EXISTS (
        SELECT FROM workflow_edge AS s WHERE s.workflow_id = e.workflow_id AND s.from_status = e.status
          AND s.command = 'object' AND step_refusal(e, s) IS NULL) THEN n.object_until END,
      'score', g.score, 'solved', g.solved, 'at', g.at,
      'scale', (SELECT json_agg(json_build_object('score', s.score, 'zh', s.label_zh, 'en', s.label_en) ORDER BY s.score)
        FROM rating_scale AS s))
    FROM event_round AS n
    LEFT JOIN event_rating AS g ON g.event_id = n.event_id AND g.round = n.round AND :holder = 'reporter'
    WHERE n.event_id = e.id AND n.round = e.round AND :holder <> 'me_too'
  )
)::text
FROM event AS e
JOIN category AS c ON c.id = e.category_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
WHERE e.tracking_code = :code
