-- An event as whoever takes a step sees it; how far away a place is. Parameters: id, lon, lat (WGS-84, or null).
-- SRID 4326, metres on the ellipsoid. Index: pk_event.
SELECT
  e.id, e.number, e.status, e.version, e.round, e.workflow_id, e.category_id, e.urgency, e.source, e.department_id,
  e.handler_id, e.reporter_id, e.grid_id, e.scope_area_id, e.scope_path, e.level_area_id, e.opened_at, e.standard_id,
  e.suspended_from, e.bounces, e.reworks, e.co_departments, e.closed_at, e.promised_at, e.due_at,
  ST_Distance(
    cast(e.geom AS geography),
    cast(ST_SetSRID(ST_MakePoint(cast(:lon AS float8), cast(:lat AS float8)), 4326) AS geography)
  ) AS distance_m
FROM event AS e WHERE e.id = :id
