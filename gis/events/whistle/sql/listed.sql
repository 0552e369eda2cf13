-- A page of a box of whistles, the latest first. mine: blown by the reader; approve: wait for the reader's approval;
-- department: the reader's department is called; answer: and has not reported its result; rate: results the reader may
-- rate; appeal: appeals the reader may decide; all: every one that is seen.
-- What is written at the marks, gis.events.whistle.store knows. Parameters: box, is_open (null: both), before (id of the last of the page before, or null), count.
-- SRID 4326. Indexes: ix_whistle_blown_at_id, pk_whistle_answer.
SELECT w.id, json_build_object(
  'id', w.id, 'status', w.status, 'version', w.version, 'reason', w.reason, 'urgency', w.urgency,
  'source', w.source, 'address', w.address,
  'lon', round(ST_X(w.geom)::numeric, 6), 'lat', round(ST_Y(w.geom)::numeric, 6),
  'area', json_build_object('code', b.code, 'name', b.name),
  'event', (
    SELECT json_build_object('id', e.id, 'number', e.number) FROM event AS e WHERE e.id = w.event_id
      AND (maintains() OR covers_event('events.read', e.scope_area_id, e.department_id, e.category_id))
  ),
  'mine', coalesce(w.blown_by = account_id(), false), 'blown_at', w.blown_at,
  'due_at', CASE w.status WHEN 'blown' THEN w.approve_due END,
  'overdue', w.status = 'blown' AND w.approve_due < now(), 'closed_at', w.closed_at,
  'departments', (
    SELECT coalesce(json_agg(json_build_object(
      'code', d.code, 'name', d.name, 'status', a.status, 'version', a.version, 'due_at', n.due_at,
      'overdue', coalesce(n.due_at < now(), false)
    ) ORDER BY d.code), '[]')
    FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id,
      LATERAL (SELECT CASE a.status WHEN 'called' THEN a.accept_due WHEN 'accepted' THEN a.arrive_due
        WHEN 'arrived' THEN a.result_due WHEN 'planned' THEN a.result_due WHEN 'resolved' THEN a.rate_due
        END AS due_at) AS n
    WHERE a.whistle_id = w.id
  )
)::text AS item
FROM whistle AS w JOIN area AS b ON b.id = w.blower_area_id
WHERE /*seen*/
  AND (cast(:is_open AS boolean) IS NULL OR (w.status IN ('blown', 'approved')) = cast(:is_open AS boolean))
  AND (cast(:before AS uuid) IS NULL
    OR (w.blown_at, w.id) < (SELECT x.blown_at, x.id FROM whistle AS x WHERE x.id = cast(:before AS uuid)))
  AND CASE cast(:box AS text)
    WHEN 'mine' THEN w.blown_by = (SELECT account_id())
    WHEN 'approve' THEN /*approves*/
    WHEN 'department' THEN EXISTS (
      SELECT FROM whistle_answer AS a
      WHERE a.whistle_id = w.id AND a.called_at IS NOT NULL AND /*handled*/
    )
    WHEN 'answer' THEN w.status = 'approved' AND EXISTS (
      SELECT FROM whistle_answer AS a
      WHERE a.whistle_id = w.id AND a.status IN ('called', 'accepted', 'arrived', 'planned') AND /*handled*/
    )
    WHEN 'appeal' THEN /*decides*/
    WHEN 'rate' THEN w.status = 'approved' AND /*blows*/ AND EXISTS (
      SELECT FROM whistle_answer AS a WHERE a.whistle_id = w.id AND a.status = 'resolved' AND NOT /*handled*/
    )
    ELSE true
  END
ORDER BY w.blown_at DESC, w.id DESC
LIMIT :count
