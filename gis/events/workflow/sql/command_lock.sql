-- Wait for whoever works on a command until the transaction ends. Parameters: id. No table.
SELECT pg_advisory_xact_lock(hashtextextended('command ' || cast(:id AS uuid), 0))
