-- Purpose: the current areas without their shapes, for numbers by area.
-- Parameters: none. SRID: none. Index: none, the whole table.
SELECT id, code, level, name, path FROM area WHERE valid_to IS NULL ORDER BY code COLLATE "C"
