-- Number the staged rows that are new, oldest first, and give them their types.
-- Parameters: zone (time zone of the day in the number). SRID 4326. Makes history_new; reads history_stage.
CREATE TEMPORARY TABLE history_new ON COMMIT DROP AS
SELECT
  cast(s.id AS uuid) AS id,
  cast(s.event_id AS uuid) AS event_id,
  s.tracking_code,
  sha256(convert_to(s.body, 'UTF8')) AS body_sha256,
  c.id AS category_id,
  s.source, s.text, s.address, s.urgency, s.status, s.lon, s.lat, s.coord_sys, s.accuracy_m,
  ST_SetSRID(ST_MakePoint(s.x, s.y), 4326) AS geom,
  s.grid_id, s.scope_area_id, d.id AS department_id, s.method, s.border_distance_m, s.confirm,
  timestamptz 'epoch' + s.occurred_us * interval '1 microsecond' AS occurred_at,
  timestamptz 'epoch' + s.reported_us * interval '1 microsecond' AS reported_at,
  timestamptz 'epoch' + s.closed_us * interval '1 microsecond' AS closed_at,
  event_number(
    scope.code,
    cast((timestamptz 'epoch' + s.reported_us * interval '1 microsecond') AT TIME ZONE :zone AS date),
    nextval('event_number')
  ) AS number
FROM (SELECT * FROM history_stage ORDER BY reported_us, id) AS s
JOIN category AS c ON c.scheme || ':' || c.kind || ':' || c.code = s.category
JOIN area AS scope ON scope.id = s.scope_area_id
LEFT JOIN department AS d ON d.code = s.department
WHERE NOT EXISTS (SELECT FROM report AS r WHERE r.id = cast(s.id AS uuid))
