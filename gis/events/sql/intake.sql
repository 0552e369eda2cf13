-- Take in reports, one or many, as one statement: what their codes stand for, where they belong, report, event,
-- clocks, first log row, audit, receipt (contact and announced photos follow where there are any: intake_contacts.sql,
-- intake_photos.sql). Gives a row for each, in order: `outcome` is `new` or `again` with the receipt, `raced` when the
-- id was taken meanwhile (ask earlier_reports anew), or what is wrong.
-- It is the body of the function wangge.take_in (revision 0022), which knows whether its caller is of the staff.
-- Parameters: items (JSON array of gis.events.store), most (how many at most), batch (id, or null for one alone), zone
-- (whose calendar day the number carries), lonlat, reach_m, same_m of locating, which is put in at its mark. SRID 4326.
-- Indexes: pk_report decides between two that arrive at once; uq_category_scheme_kind_code, uq_compound_code,
-- uq_building_code, uq_entrance_code, ix_area_geom. Rows go in by id, so that two batches never wait in a circle.
-- Each part names the columns it hands on: every column of every part is made ready anew each time.
WITH given AS (
  SELECT g.*
  FROM ROWS FROM (jsonb_to_recordset(cast(:items AS jsonb)) AS (
    id uuid, body text, event_id uuid, tracking_code text, source text, scheme text, kind text, code text, text text,
    address text, compound text, building text, entrance text, raw_lon float8, raw_lat float8, coord_sys text,
    accuracy_m float8, lon float8, lat float8, plane_srid int, plane_proj text, wide_deg float8, high_deg float8,
    urgency text, confidential boolean, occurred_at timestamptz, reported_at timestamptz, on_behalf boolean
  )) WITH ORDINALITY AS g (
    id, body, event_id, tracking_code, source, scheme, kind, code, text, address, compound, building, entrance,
    raw_lon, raw_lat, coord_sys, accuracy_m, lon, lat, plane_srid, plane_proj, wide_deg, high_deg, urgency,
    confidential, occurred_at, reported_at, on_behalf, place
  )
  WHERE g.place <= :most
), known AS MATERIALIZED (
  SELECT
    given.place, given.id, body, event_id, tracking_code, source, text, address, raw_lon, raw_lat, coord_sys, accuracy_m,
    lon, lat, urgency, confidential, occurred_at, reported_at, on_behalf, earlier.receipt AS earlier_receipt, category.id AS category_id, compound.id AS compound_id,
    building.id AS building_id, entrance.id AS entrance_id, place.grid_id, place.scope_area_id, place.scope_code,
    place.method, place.border_distance_m,
    CASE
      WHEN earlier.receipt IS NOT NULL THEN 'again'
      WHEN earlier.id IS NOT NULL THEN 'taken'
      WHEN given.source IS NULL THEN 'source'
      WHEN NOT staff AND (given.on_behalf OR given.source NOT IN ('resident_code', 'other')) THEN 'source'
      WHEN category.id IS NULL THEN 'unknown_category'
      WHEN given.compound IS NOT NULL AND compound.id IS NULL THEN 'unknown_compound'
      WHEN given.building IS NOT NULL AND building.id IS NULL THEN 'unknown_building'
      WHEN given.entrance IS NOT NULL AND entrance.id IS NULL THEN 'unknown_entrance'
      WHEN entrance.building_id <> building.id THEN 'entrance_of_building'
      WHEN building.compound_id <> compound.id THEN 'building_of_compound'
      WHEN entered.compound_id <> compound.id THEN 'entrance_of_compound'
      WHEN place.scope_area_id IS NULL OR NOT (place.in_service_area OR place.grid_id IS NOT NULL) THEN 'outside'
      ELSE 'new'
    END AS outcome
  FROM given
  LEFT JOIN LATERAL (
    SELECT x.id, receipt_for(x, decode(given.body, 'hex')) AS receipt FROM report AS x WHERE x.id = given.id LIMIT 1
  ) AS earlier ON true
  LEFT JOIN LATERAL (
    SELECT c.id FROM category AS c
    WHERE c.scheme = given.scheme AND c.kind = given.kind AND c.code = given.code
      AND c.valid_from <= current_date AND (c.valid_to IS NULL OR c.valid_to > current_date)
    LIMIT 1
  ) AS category ON true
  LEFT JOIN LATERAL (SELECT c.id FROM compound AS c WHERE c.code = given.compound LIMIT 1) AS compound ON true
  LEFT JOIN LATERAL (
    SELECT b.id, b.compound_id FROM building AS b WHERE b.code = given.building LIMIT 1
  ) AS building ON true
  LEFT JOIN LATERAL (
    SELECT n.id, n.building_id FROM entrance AS n WHERE n.code = given.entrance LIMIT 1
  ) AS entrance ON true
  LEFT JOIN LATERAL (
    SELECT b.compound_id FROM building AS b WHERE b.id = entrance.building_id LIMIT 1
  ) AS entered ON true
  LEFT JOIN LATERAL (/*locate*/) AS place ON earlier.id IS NULL
), new_report AS (
  INSERT INTO report (
    id, body_sha256, event_id, source, category_id, text, address, compound_id, building_id, entrance_id,
    raw_lon, raw_lat, coord_sys, accuracy_m, geom, grid_id, scope_area_id, reporter_id, recorded_by, batch_id, urgency,
    confidential, occurred_at, reported_at, recorded_at, receipt
  )
  SELECT
    known.id, decode(body, 'hex'), event_id, source, category_id, text, address, compound_id, building_id, entrance_id,
    raw_lon, raw_lat, coord_sys, accuracy_m, ST_SetSRID(ST_MakePoint(lon, lat), 4326), grid_id, scope_area_id,
    CASE WHEN NOT on_behalf THEN account_id() END, CASE WHEN on_behalf THEN account_id() END, cast(:batch AS uuid),
    urgency, confidential, occurred_at, coalesce(reported_at, clock.at), clock.at,
    jsonb_build_object(
      'id', known.id,
      'event', event_id,
      'tracking_code', tracking_code,
      'event_number', event_number(
        scope_code, cast(clock.at AT TIME ZONE cast(:zone AS text) AS date), nextval('event_number')),
      'status', 'reported',
      -- Where there is a grid, it is the scope.
      'grid', CASE WHEN grid_id IS NOT NULL THEN jsonb_build_object('code', scope.code, 'name', scope.name) END,
      'scope', jsonb_build_object('code', scope.code, 'name', scope.name, 'level', scope.level),
      'method', method,
      'border_distance_m', border_distance_m,
      'confirm', method = 'nearest' OR coalesce(accuracy_m > border_distance_m, false),
      'recorded_at', to_char(clock.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )
  FROM known
  JOIN area AS scope ON scope.id = scope_area_id
  -- Maintenance may say what time it is, for a year that is played again.
  CROSS JOIN (SELECT coalesce(
    CASE WHEN current_setting('wangge.maintenance', true) = 'on' THEN told('now')::timestamptz END,
    transaction_timestamp()) AS at) AS clock
  -- Said as a CASE, which the planner takes for half of the rows: of "outcome = 'new'" it expects one in two hundred,
  -- and then looks through all of a thousand for each.
  WHERE CASE outcome WHEN 'new' THEN true ELSE false END
  ORDER BY known.id
  ON CONFLICT (id) DO NOTHING
  RETURNING
    id, event_id, source, category_id, text, address, urgency, confidential, geom, grid_id, scope_area_id, reporter_id,
    recorded_at, receipt
), ruled AS MATERIALIZED (
  SELECT
    category_id, source, scope_area_id, workflow_for(category_id, source, scope_area_id) AS workflow_id,
    calendar_for(scope_area_id) AS calendar_id
  FROM (SELECT DISTINCT category_id, source, scope_area_id FROM new_report) AS k
), stored AS MATERIALIZED (
  SELECT
    id, event_id, source, category_id, text, address, urgency, confidential, geom, grid_id, scope_area_id, reporter_id,
    recorded_at AS now, receipt, told.event_number AS number, told.tracking_code, told.method, told.border_distance_m,
    told.confirm, workflow_id, calendar_id
  FROM new_report
  JOIN ruled USING (category_id, source, scope_area_id)
  CROSS JOIN LATERAL jsonb_to_record(receipt) AS told (
    event_number text, tracking_code text, method text, border_distance_m float8, confirm boolean)
), alike AS MATERIALIZED (
  -- Most of many open with the same clocks, which are looked up once; `whole` is what is promised.
  SELECT
    k.workflow_id, k.urgency, c.*, max(c.due_at) FILTER (WHERE c.stage = 'total') OVER same AS whole,
    max(c.due_at) FILTER (WHERE c.stage <> 'total') OVER same AS first_due
  FROM (SELECT DISTINCT calendar_id, workflow_id, urgency, now FROM stored) AS k
  CROSS JOIN LATERAL opening_clocks(k.calendar_id, k.workflow_id, 'reported', k.urgency, k.now) AS c
  WINDOW same AS (PARTITION BY k.calendar_id, k.workflow_id, k.urgency)
), new_event AS (
  INSERT INTO event (
    id, number, tracking_code, status, category_id, urgency, source, text, address, confidential, geom, grid_id,
    scope_area_id, reporter_id, grid_method, border_distance_m, confirm, opened_at, updated_at, workflow_id,
    level_area_id, promised_at, due_at
  )
  SELECT
    stored.event_id, number, tracking_code, 'reported', category_id, urgency, source, text, address, confidential, geom,
    grid_id, scope_area_id, reporter_id, method, border_distance_m, confirm, now, now, workflow_id, scope_area_id,
    promised.whole, promised.first_due
  FROM stored
  LEFT JOIN LATERAL (
    SELECT a.whole, a.first_due FROM alike AS a
    WHERE a.calendar_id = stored.calendar_id AND a.workflow_id = stored.workflow_id AND a.urgency = stored.urgency
    LIMIT 1
  ) AS promised ON true
), new_clocks AS (
  INSERT INTO event_clock (
    event_id, round, stage, kind, value, source, calendar_id, provisional, started_at, running_since, first_due_at,
    due_at, next_at
  )
  SELECT
    stored.event_id, 1, a.stage, a.kind, a.value, a.source, a.calendar_id, a.provisional, now, now, a.due_at, a.due_at,
    a.half_at
  FROM stored
  JOIN alike AS a
    ON a.calendar_id = stored.calendar_id AND a.workflow_id = stored.workflow_id AND a.urgency = stored.urgency
  WHERE a.whole IS NOT NULL
), new_log AS (
  INSERT INTO event_log (event_id, seq, at, actor, account_id, action, to_status, hash)
  SELECT
    event_id, 1, now, 'source:' || source, reporter_id, 'report', 'reported',
    log_hash(
      event_id, 1, now, 'source:' || source, reporter_id, 'report', NULL, 'reported', 1, NULL, '{}', NULL, NULL
    )
  FROM stored
), new_audit AS (
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  SELECT
    scope_area_id, 'report.create', 'report', id::text,
    jsonb_build_object('event', event_id, 'number', number, 'source', source)
  FROM stored
  WHERE cast(:batch AS uuid) IS NULL
)
SELECT
  known.outcome = 'new' AND stored.id IS NULL AS raced, known.outcome,
  coalesce(stored.receipt::text, known.earlier_receipt) AS receipt, stored.event_id, stored.scope_area_id
FROM known LEFT JOIN stored ON stored.id = known.id
ORDER BY known.place
