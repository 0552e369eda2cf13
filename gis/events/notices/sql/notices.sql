-- One's notices, the latest first, each as JSON text: what was done, and the event for whoever still sees it.
-- Parameters: before (the last notice of the page before, or null), only_unread, count, and those of the scope
-- (gis.db.visible). Indexes: ix_notice_unread, uq_notice_account_id_outbox_id, pk_event.
SELECT n.id, json_build_object(
  'id', n.id, 'topic', n.topic,
  'event', CASE WHEN e.id IS NOT NULL THEN json_build_object(
    'id', e.id, 'number', e.number, 'status', e.status, 'category_zh', c.name_zh, 'category_en', c.name_en
  ) END,
  'data', n.payload - '{event,number}'::text[], 'at', n.at, 'read_at', n.read_at
)::text AS item
FROM my_notices(cast(:before AS bigint), cast(:only_unread AS boolean), cast(:count AS int)) AS n
LEFT JOIN event AS e ON e.id = n.event_id /*scope*/
LEFT JOIN category AS c ON c.id = e.category_id
ORDER BY n.id DESC
