-- Whether an area is in force. Parameters: code. Index: uq_area_code_current.
SELECT EXISTS (SELECT FROM area WHERE code = :code AND valid_to IS NULL)
