-- How long a stage took those that began it between two days, open ones included, by area below or by department. The
-- function refuses who does not hold kpi.read there. Parameters: area, keys, first, last, stage, by_what, as_of.
-- Index: ix_event_clock_started_at.
SELECT key, seconds, done FROM kpi_times(
  :area, cast(:keys AS int[]), cast(:first AS date), cast(:last AS date), cast(:stage AS text),
  cast(:by_what AS text), cast(:as_of AS timestamptz)
)
