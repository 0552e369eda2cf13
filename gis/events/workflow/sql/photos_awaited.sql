-- Photos a closing waits for: those the template requires of the steps of this round, of each step the latest since the
-- last rework, where none has come in the slot; and those that the closing announces itself.
-- Parameters: event, closing (id of a command, or null).
-- Indexes: pk_event, uq_event_log_event_id_seq, pk_workflow_edge, pk_command_photo.
WITH here AS (
  SELECT e.id, e.round, e.workflow_id, coalesce((
    SELECT max(l.seq) FROM event_log AS l
    WHERE l.event_id = e.id AND l.round = e.round AND l.action = 'fail_inspection'
  ), 0) AS since
  FROM event AS e WHERE e.id = :event
), latest AS (
  SELECT DISTINCT ON (l.action) l.seq, l.action, l.command_id, s.requires
  FROM here
  JOIN event_log AS l ON l.event_id = here.id AND l.round = here.round AND l.seq > here.since
  JOIN workflow_edge AS s
    ON s.workflow_id = here.workflow_id AND s.command = l.action AND s.from_status = l.from_status
      AND s.to_status = l.to_status
  ORDER BY l.action, l.seq DESC
), awaited AS (
  SELECT t.seq, t.command_id AS command, t.action AS step, split_part(r.name, ':', 2) AS slot
  FROM latest AS t, unnest(t.requires) AS r (name)
  WHERE r.name LIKE 'photo:%' AND NOT EXISTS (
    SELECT FROM command_photo AS p
    WHERE p.command_id = t.command_id AND p.slot = split_part(r.name, ':', 2) AND p.attachment_sha256 IS NOT NULL
  )
  UNION
  SELECT NULL, p.command_id, 'close', p.slot FROM command_photo AS p
  WHERE p.command_id = cast(:closing AS uuid) AND p.attachment_sha256 IS NULL
)
SELECT command, step, slot FROM awaited ORDER BY seq, slot
