-- The area of a code now. Parameters: code. Index: uq_area_code_current.
SELECT a.id FROM area AS a WHERE a.code = :code AND a.valid_to IS NULL
