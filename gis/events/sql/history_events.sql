-- Open one event for every new row of history. Parameters: none; reads history_new. SRID 4326.
-- Which workflow it follows is looked up once for all that are alike.
INSERT INTO event (
  id, number, tracking_code, status, category_id, urgency, source, text, address, geom, grid_id, scope_area_id,
  department_id, grid_method, border_distance_m, confirm, opened_at, updated_at, closed_at, workflow_id,
  level_area_id, suspended_from
)
SELECT
  event_id, number, tracking_code, status, h.category_id, urgency, h.source, text, address, geom, grid_id,
  h.scope_area_id, department_id, method, border_distance_m, confirm, reported_at, coalesce(closed_at, reported_at),
  closed_at, k.workflow_id, h.scope_area_id, CASE WHEN status = 'suspended' THEN 'handling' END
FROM history_new AS h
JOIN (
  SELECT category_id, source, scope_area_id, workflow_for(category_id, source, scope_area_id) AS workflow_id
  FROM (SELECT DISTINCT category_id, source, scope_area_id FROM history_new) AS kind
) AS k ON k.category_id = h.category_id AND k.source = h.source AND k.scope_area_id = h.scope_area_id
