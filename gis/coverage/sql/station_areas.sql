-- Purpose: the floor area of every station that has one told, by code: it changes no distance, so the walk does without.
-- Parameters: none. SRID: none. Index: none, the whole table.
SELECT code, floor_area_m2 FROM station WHERE floor_area_m2 IS NOT NULL
