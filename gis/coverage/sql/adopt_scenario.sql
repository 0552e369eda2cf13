-- Purpose: a scenario of this version was made real. Parameters: id, version. Result: its id where it was.
-- SRID: none. Index: pk_scenario.
UPDATE scenario SET adopted_at = now(), updated_at = now(), version = version + 1 WHERE id = :id AND version = :version
RETURNING id
