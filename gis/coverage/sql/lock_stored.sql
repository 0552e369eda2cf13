-- Purpose: one writer of stored layers and circles at a time, until the transaction ends, and without the limits of a
--   request. Parameters: layers, circles (keys). SRID: none. Index: none.
SELECT
    set_config('statement_timeout', '0', true),
    set_config('lock_timeout', '0', true),
    pg_advisory_xact_lock(:layers),
    pg_advisory_xact_lock(:circles)
