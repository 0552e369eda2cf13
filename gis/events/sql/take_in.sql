-- Take in reports, one or many: what sql/intake.sql says, kept as a function so that it is planned once a connection.
-- Parameters: told (settings of the transaction as JSON, or null where it has them), the others as of intake.sql.
-- SRID 4326. Indexes: those named there.
SELECT t.raced, t.outcome, t.receipt, t.event_id, t.scope_area_id
FROM take_in(
  cast(:told AS json), cast(:items AS jsonb), :most, cast(:batch AS uuid), :zone, :lonlat, :reach_m, :same_m
) AS t
