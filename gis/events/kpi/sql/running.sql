-- Open runs of limits that are not due at `now`, due up to the day `last`, by key and stage. Parameters: area, keys,
-- last, by_what, department (null: all), now. Index: ix_event_clock_running.
SELECT key, stage, n FROM kpi_running(
  :area, cast(:keys AS int[]), cast(:last AS date), cast(:by_what AS text), cast(:department AS int),
  cast(:now AS timestamptz)
)
