-- Open one event for every new row of history. Parameters: none; reads history_new. SRID 4326.
INSERT INTO event (
  id, number, tracking_code, status, category_id, urgency, source, text, address, geom, grid_id, scope_area_id,
  department_id, grid_method, border_distance_m, confirm, opened_at, updated_at, closed_at
)
SELECT
  event_id, number, tracking_code, status, category_id, urgency, source, text, address, geom, grid_id, scope_area_id,
  department_id, method, border_distance_m, confirm, reported_at, coalesce(closed_at, reported_at), closed_at
FROM history_new
