-- What filing and closing an event by a standard goes by: its category and place, what it was filed under, whether it
-- was filed, which kinds of photos it has by now (those of its reports show it as it was), and which its steps, or the
-- closing itself, announced and have not come.
-- Parameters: event, closing (id of a command, or null).
-- Indexes: pk_event, ix_command_photo_event_id, uq_event_log_event_id_seq, ix_report_event_id, pk_report_photo.
SELECT
  e.category_id, e.scope_path, e.standard_id, e.standard_id IS NOT NULL OR e.status = 'filed' AS filed,
  array(
    SELECT DISTINCT p.slot FROM command_photo AS p WHERE p.event_id = e.id AND p.attachment_sha256 IS NOT NULL
    UNION SELECT 'before' WHERE EXISTS (
      SELECT FROM report AS r JOIN report_photo AS p ON p.report_id = r.id
      WHERE r.event_id = e.id AND p.attachment_sha256 IS NOT NULL
    )
  ) AS slots,
  (
    SELECT coalesce(json_agg(json_build_object(
      'command', p.command_id, 'step', coalesce(l.action, 'close'), 'slot', p.slot) ORDER BY l.seq, p.slot), '[]')
    FROM command_photo AS p LEFT JOIN event_log AS l ON l.event_id = p.event_id AND l.command_id = p.command_id
    WHERE p.event_id = e.id AND p.attachment_sha256 IS NULL
      AND (l.seq IS NOT NULL OR p.command_id = cast(:closing AS uuid))
  ) AS coming
FROM event AS e WHERE e.id = :event
