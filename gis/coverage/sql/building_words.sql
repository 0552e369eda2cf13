-- Purpose: the words of some buildings. Parameters: codes (text array). SRID: none. Index: uq_building_code.
SELECT code, name, address, use FROM building WHERE code = ANY(:codes)
