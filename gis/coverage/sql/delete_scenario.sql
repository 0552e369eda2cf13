-- Purpose: delete a scenario of this version. Parameters: id, version. Result: its id where it was.
-- SRID: none. Index: pk_scenario.
DELETE FROM scenario WHERE id = :id AND version = :version
RETURNING id
