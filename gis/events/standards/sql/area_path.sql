-- The path of the area in force of a code. Parameters: code. Index: uq_area_code.
SELECT a.path FROM area AS a WHERE a.code = :code AND a.valid_to IS NULL
