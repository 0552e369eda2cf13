-- Purpose: stations by type and status. Parameters: none. SRID: none. Index: none, a few hundred rows.
SELECT type, status, count(*) AS stations FROM station GROUP BY type, status
