-- Purpose: let this transaction wait while the place is read. Parameters: none. SRID: none. Index: none.
SELECT set_config('idle_in_transaction_session_timeout', '0', true)
