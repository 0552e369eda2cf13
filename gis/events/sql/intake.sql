-- Take in one report as one statement: report, event, contact, announced photos, first log row, audit row, receipt.
-- Gives the receipt's text; gives no row when the id is already taken (the caller then compares the bodies).
-- Parameters: the report's values; event_id, tracking_code; lon, lat (WGS-84 degrees), grid_id, scope_area_id,
-- scope_code, method, border_distance_m, confirm from locating; zone names the time zone whose calendar day the
-- number carries. SRID 4326. Index: pk_report decides between two that arrive at once.
-- Under row-level security the ids of the report and the tracking code are in hand (gis.db.scope).
WITH given AS MATERIALIZED (
  SELECT
    cast(:id AS uuid) AS id,
    cast(:body_sha256 AS bytea) AS body_sha256,
    cast(:event_id AS uuid) AS event_id,
    cast(:tracking_code AS text) AS tracking_code,
    cast(:source AS text) AS source,
    cast(:category_id AS int) AS category_id,
    cast(:text AS text) AS text,
    cast(:address AS text) AS address,
    cast(:compound_id AS int) AS compound_id,
    cast(:building_id AS int) AS building_id,
    cast(:entrance_id AS int) AS entrance_id,
    cast(:raw_lon AS float8) AS raw_lon,
    cast(:raw_lat AS float8) AS raw_lat,
    cast(:coord_sys AS text) AS coord_sys,
    cast(:accuracy_m AS float8) AS accuracy_m,
    ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geom,
    cast(:grid_id AS int) AS grid_id,
    cast(:scope_area_id AS int) AS scope_area_id,
    cast(:method AS text) AS method,
    cast(:border_distance_m AS float8) AS border_distance_m,
    cast(:confirm AS boolean) AS confirm,
    cast(:urgency AS text) AS urgency,
    cast(:confidential AS boolean) AS confidential,
    account_id() AS reporter_id,
    cast(:occurred_at AS timestamptz) AS occurred_at,
    coalesce(cast(:reported_at AS timestamptz), transaction_timestamp()) AS reported_at,
    cast(:contact_name AS text) AS contact_name,
    cast(:contact_phone AS text) AS contact_phone,
    transaction_timestamp() AS now,
    event_number(
      cast(:scope_code AS text),
      cast(transaction_timestamp() AT TIME ZONE cast(:zone AS text) AS date),
      nextval('event_number')
    ) AS number
), new_report AS (
  INSERT INTO report (
    id, body_sha256, event_id, source, category_id, text, address, compound_id, building_id, entrance_id,
    raw_lon, raw_lat, coord_sys, accuracy_m, geom, grid_id, scope_area_id, reporter_id, urgency, confidential,
    occurred_at, reported_at, recorded_at, receipt
  )
  SELECT
    given.id, body_sha256, event_id, source, category_id, text, address, compound_id, building_id, entrance_id,
    raw_lon, raw_lat, coord_sys, accuracy_m, given.geom, grid_id, scope_area_id, reporter_id, urgency, confidential,
    occurred_at, reported_at, now,
    jsonb_build_object(
      'id', given.id,
      'event', event_id,
      'tracking_code', tracking_code,
      'event_number', number,
      'status', 'reported',
      'grid', CASE WHEN grid.id IS NOT NULL THEN jsonb_build_object('code', grid.code, 'name', grid.name) END,
      'scope', jsonb_build_object('code', scope.code, 'name', scope.name, 'level', scope.level),
      'method', method,
      'border_distance_m', border_distance_m,
      'confirm', confirm,
      'recorded_at', to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )
  FROM given
  JOIN area AS scope ON scope.id = scope_area_id
  LEFT JOIN area AS grid ON grid.id = grid_id
  ON CONFLICT (id) DO NOTHING
  RETURNING receipt
), stored AS (
  SELECT given.*, new_report.receipt FROM given, new_report
), new_event AS (
  INSERT INTO event (
    id, number, tracking_code, status, category_id, urgency, source, text, address, confidential, geom, grid_id,
    scope_area_id, reporter_id, grid_method, border_distance_m, confirm, opened_at, updated_at
  )
  SELECT
    event_id, number, tracking_code, 'reported', category_id, urgency, source, text, address, confidential, geom,
    grid_id, scope_area_id, reporter_id, method, border_distance_m, confirm, now, now
  FROM stored
), new_log AS (
  INSERT INTO event_log (event_id, seq, at, actor, action, from_status, to_status, note, prev_hash, hash)
  SELECT
    event_id, 1, now, 'source:' || source, 'report', NULL, 'reported', NULL, NULL,
    log_hash(event_id, 1, now, 'source:' || source, 'report', NULL, 'reported', NULL, NULL)
  FROM stored
), new_contact AS (
  INSERT INTO report_contact (report_id, name, phone)
  SELECT id, contact_name, contact_phone FROM stored
  WHERE contact_name IS NOT NULL OR contact_phone IS NOT NULL
), new_photos AS (
  INSERT INTO report_photo (report_id, sha256, position)
  SELECT stored.id, photo.sha256, photo.position
  FROM stored, unnest(cast(:photos AS text[])) WITH ORDINALITY AS photo (sha256, position)
), new_audit AS (
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  SELECT
    scope_area_id, 'report.create', 'report', id::text,
    jsonb_build_object('event', event_id, 'number', number, 'source', source)
  FROM stored
)
SELECT receipt::text AS receipt FROM stored
