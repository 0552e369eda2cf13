-- Store the reports of history with their receipts. Parameters: none; reads history_new. SRID 4326.
INSERT INTO report (
  id, body_sha256, event_id, source, category_id, text, address, raw_lon, raw_lat, coord_sys, accuracy_m, geom,
  grid_id, scope_area_id, urgency, occurred_at, reported_at, receipt
)
SELECT
  h.id, h.body_sha256, h.event_id, h.source, h.category_id, h.text, h.address, h.lon, h.lat, h.coord_sys,
  h.accuracy_m, h.geom, h.grid_id, h.scope_area_id, h.urgency, h.occurred_at, h.reported_at,
  jsonb_build_object(
    'id', h.id,
    'event', h.event_id,
    'tracking_code', h.tracking_code,
    'event_number', h.number,
    'status', 'reported',
    'grid', CASE WHEN grid.id IS NOT NULL THEN jsonb_build_object('code', grid.code, 'name', grid.name) END,
    'scope', jsonb_build_object('code', scope.code, 'name', scope.name, 'level', scope.level),
    'method', h.method,
    'border_distance_m', h.border_distance_m,
    'confirm', h.confirm,
    'recorded_at', to_char(transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  )
FROM history_new AS h
JOIN area AS scope ON scope.id = h.scope_area_id
LEFT JOIN area AS grid ON grid.id = h.grid_id
