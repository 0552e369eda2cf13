-- A sensor by its code, while it is enabled; its key is sealed. Parameters: code. Index: uq_sensor_code.
SELECT * FROM sensor_told(cast(:code AS text))
