-- Wait until no other transaction submits for this account; held until the transaction ends.
-- Parameters: account_id.
SELECT pg_advisory_xact_lock(hashtextextended('job ' || cast(:account_id AS int), 0))
