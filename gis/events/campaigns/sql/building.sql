-- A building by its code, with its grid. Parameters: code. Index: uq_building_code.
SELECT id, grid_id FROM building WHERE code = :code
