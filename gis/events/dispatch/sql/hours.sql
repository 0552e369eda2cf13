-- The working time of some days by the calendar of an area. Parameters: area (its code), first, last (days, both
-- included). Times in the one zone of the country. Indexes: uq_calendar_city, pk_calendar_session.
SELECT here.at::date AS day, (extract(epoch FROM here.at::time) / 60)::int AS start, (s.length_us / 60000000)::int AS length
FROM (
  SELECT c.id FROM calendar AS c
  WHERE c.ended_at IS NULL AND starts_with(cast(:area AS text), c.city) ORDER BY length(c.city) DESC LIMIT 1
) AS c
JOIN calendar_session AS s ON s.calendar_id = c.id
CROSS JOIN LATERAL (SELECT s.begins AT TIME ZONE 'Asia/Shanghai' AS at) AS here
WHERE s.begins >= cast(:first AS date) - 1 AND s.begins < cast(:last AS date) + 2
  AND here.at::date BETWEEN cast(:first AS date) AND cast(:last AS date)
