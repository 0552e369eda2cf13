-- Whistles blown in an area between two days, and what departments answered. The function refuses who does not hold
-- kpi.read there. Parameters: area, first, last, as_of. Index: ix_whistle_blown_at_id.
SELECT * FROM kpi_whistles(:area, cast(:first AS date), cast(:last AS date), cast(:as_of AS timestamptz))
