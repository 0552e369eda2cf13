-- Purpose: the areas whose counts of people are not for everybody. Parameters: none. SRID: none.
-- Index: none, the whole table.
SELECT area_id FROM area_people_public WHERE suppressed
