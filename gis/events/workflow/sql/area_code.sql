-- The current area with a code. Parameters: code. Index: ix_area_code.
SELECT id FROM area WHERE code = :code AND valid_to IS NULL
