-- Keep the answer to “is this the right grid?” of whoever sent a report or has its tracking code; once.
-- Parameters: report, code (or null), answer, lon, lat (WGS-84 degrees, or null). SRID 4326. Index: pk_report.
SELECT * FROM confirm_report(
  cast(:report AS uuid), cast(:code AS text), cast(:answer AS text), cast(:lon AS float8), cast(:lat AS float8)
)
