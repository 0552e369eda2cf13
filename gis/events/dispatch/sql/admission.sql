-- Whether an event may be sent down to an area: the list in force there, the item that names its category, an approval.
-- Parameters: event, area (id), categories (path), day. Indexes: pk_area, pk_admission_approval.
WITH target AS (
  SELECT t.id, t.level, t.code, t.name, ARRAY(SELECT u.code FROM area AS u WHERE u.id = ANY(t.path)) AS above
  FROM area AS t WHERE t.id = :area
), listed AS (
  SELECT i.* FROM admission_item AS i, target
  WHERE i.valid_from <= :day AND (i.valid_to IS NULL OR i.valid_to > :day)
    AND (i.city = '' OR i.city = ANY(target.above)) AND (i.area = '' OR i.area = ANY(target.above))
)
SELECT target.level, target.code, target.name,
  EXISTS (SELECT FROM listed) AS has_list,
  (SELECT min(l.code) FROM listed AS l WHERE l.categories && cast(:categories AS text[])) AS item,
  EXISTS (SELECT FROM admission_approval AS p WHERE p.event_id = :event AND p.area_id = :area) AS approved
FROM target
