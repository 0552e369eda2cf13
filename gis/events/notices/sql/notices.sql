-- One's notices, the latest first, each as JSON text. Parameters: before (the last notice of the page before, or null),
-- only_unread, count. Index: ix_notice_unread, uq_notice_account_id_outbox_id.
SELECT n.id, json_build_object(
  'id', n.id, 'topic', n.topic, 'event', n.event_id, 'data', n.payload, 'at', n.at, 'read_at', n.read_at
)::text AS item
FROM my_notices(cast(:before AS bigint), cast(:only_unread AS boolean), cast(:count AS int)) AS n
ORDER BY n.id DESC
