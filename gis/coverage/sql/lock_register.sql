-- Purpose: one writer of the register at a time, until the transaction ends; meanwhile it may compute for long.
-- Parameters: key. SRID: none. Index: none.
SELECT set_config('idle_in_transaction_session_timeout', '0', true), pg_advisory_xact_lock(:key)
