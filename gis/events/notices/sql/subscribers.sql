-- Subscribers of the areas one sets rules for as a JSON array, with what became of their deliveries.
-- Parameters: none. Index: ix_delivery_subscriber_id.
SELECT coalesce(json_agg(json_build_object(
  'id', s.id, 'channel', s.channel, 'name', s.name, 'address', s.address, 'topics', s.topics,
  'area', json_build_object('code', a.code, 'name', a.name), 'created_at', s.created_at, 'ended_at', s.ended_at,
  'waiting', d.waiting, 'dead', d.dead, 'sent', d.sent, 'last_error', d.last_error
) ORDER BY s.ended_at IS NOT NULL, s.name, s.id), '[]')::text
FROM subscriber AS s
JOIN area AS a ON a.id = s.area_id
CROSS JOIN LATERAL (
  SELECT
    count(*) FILTER (WHERE x.done_at IS NULL AND x.dead_at IS NULL) AS waiting,
    count(*) FILTER (WHERE x.dead_at IS NOT NULL) AS dead,
    count(*) FILTER (WHERE x.done_at IS NOT NULL) AS sent,
    (array_agg(x.last_error ORDER BY x.next_at DESC) FILTER (WHERE x.last_error IS NOT NULL))[1] AS last_error
  FROM delivery AS x WHERE x.subscriber_id = s.id
) AS d
