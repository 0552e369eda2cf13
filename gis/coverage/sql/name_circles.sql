-- Purpose: circles that a change did not touch are of the new network version. Parameters: old, new. SRID: none.
-- Index: none, the whole table.
UPDATE circle SET network_version = :new WHERE network_version = :old
