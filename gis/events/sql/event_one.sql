-- One event with its log and what may be told of its reports. Confidential words, photos and contacts are for those
-- who hold them here; full contacts are revealed one by one elsewhere. What the list tells is put in at a mark.
-- Parameters: id, and those of the scope (gis.db.visible). SRID 4326.
-- Indexes: pk_event, uq_event_log_event_id_seq, ix_report_event_id.
SELECT json_build_object(
    /*event_members*/,
  'version', e.version,
  'scope_name', scope.name,
  'log', (
    SELECT json_agg(json_build_object(
      'seq', l.seq, 'at', l.at, 'actor', l.actor, 'action', l.action, 'from', l.from_status,
      'to', l.to_status, 'note', l.note, 'hash', encode(l.hash, 'hex')
    ) ORDER BY l.seq)
    FROM event_log AS l WHERE l.event_id = e.id
  ),
  'reports', (
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
  ),
  'merged_into', (SELECT json_build_object('id', m.id, 'number', m.number) FROM event AS m WHERE m.id = e.merged_into),
  'merged', (
    SELECT coalesce(json_agg(json_build_object('id', m.id, 'number', m.number) ORDER BY m.opened_at, m.id), '[]')
    FROM event AS m WHERE m.merged_into = e.id
  ),
  'confirmation', (
    SELECT json_build_object('answer', k.answer, 'lon', ST_X(k.geom), 'lat', ST_Y(k.geom), 'at', k.at)
    FROM report AS r JOIN report_confirmation AS k ON k.report_id = r.id WHERE r.event_id = e.id
    ORDER BY k.at DESC LIMIT 1
  ),
  'alarms', (SELECT w.alarms FROM sensor_storm AS w WHERE w.event_id = e.id)
)::text
FROM event AS e
JOIN category AS c ON c.id = e.category_id
JOIN area AS scope ON scope.id = e.scope_area_id
LEFT JOIN area AS grid ON grid.id = e.grid_id
WHERE e.id = :id /*scope*/
