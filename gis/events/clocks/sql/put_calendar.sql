-- Store a version of a calendar; the function asks for rules.edit there, makes it out and writes the audit.
-- Parameters: given (JSON of gis.events.clocks.store). Index: uq_calendar_code_version.
SELECT put_calendar(cast(:given AS jsonb))
