-- What whoever holds a tracking code may see: where the matter stands and since when; no words, no place.
-- Whoever reported it also reads what the closing says to them; with the code of this very report, unless anything of it
-- is confidential, their own photos, and once it is closed those of the result.
-- Parameters: code, own (whether it was asked for by this very code), filed (by the code of a report, not of a “me too”).
-- Indexes: uq_event_tracking_code, ix_report_event_id, uq_event_log_event_id_seq, pk_command_photo.
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
  'photos_missing', (
    SELECT coalesce(json_agg(p.sha256 ORDER BY p.position), '[]')
    FROM report AS r JOIN report_photo AS p ON p.report_id = r.id
    WHERE r.event_id = e.id AND p.attachment_sha256 IS NULL AND cast(:own AS boolean)
  ),
  'photos', (
    SELECT coalesce(json_agg(json_build_object('slot', s.slot, 'sha256', s.sha256) ORDER BY s.seq, s.position, s.sha256), '[]')
    FROM (
      SELECT 'report' AS slot, p.attachment_sha256 AS sha256, 0 AS seq, p.position
      FROM report AS r JOIN report_photo AS p ON p.report_id = r.id WHERE r.event_id = e.id AND NOT r.confidential
      UNION ALL
      SELECT p.slot, p.attachment_sha256, l.seq, 0
      FROM event_log AS l JOIN command_photo AS p ON p.command_id = l.command_id AND p.slot = 'after'
      WHERE l.event_id = e.id AND l.round = e.round AND e.status = 'closed' AND l.seq > coalesce((
        SELECT max(f.seq) FROM event_log AS f WHERE f.event_id = e.id AND f.action = 'fail_inspection'), 0)
    ) AS s
    WHERE s.sha256 IS NOT NULL AND cast(:own AS boolean) AND NOT e.confidential
  ),
  'reply', (
    SELECT l.details #>> '{data,reply}' FROM event_log AS l
    WHERE l.event_id = e.id AND l.round = e.round AND l.to_status = e.status AND l.from_status <> l.to_status
      AND e.closed_at IS NOT NULL AND cast(:filed AS boolean)
    ORDER BY l.seq DESC LIMIT 1
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
      'rate_until', n.rate_until, 'object_until', n.object_until, 'score', g.score, 'solved', g.solved, 'at', g.at,
      'scale', (SELECT json_agg(json_build_object('score', s.score, 'zh', s.label_zh, 'en', s.label_en) ORDER BY s.score)
        FROM rating_scale AS s))
    FROM event_round AS n LEFT JOIN event_rating AS g ON g.event_id = n.event_id AND g.round = n.round
    WHERE n.event_id = e.id AND n.round = e.round
  )
)::text
FROM event AS e
JOIN category AS c ON c.id = e.category_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
WHERE e.tracking_code = :code
