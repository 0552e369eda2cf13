-- Purpose: one writer of circles at a time, until the transaction ends. Parameters: key. SRID: none. Index: none.
SELECT pg_advisory_xact_lock(:key)
