-- The stored layer `entrances` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT entrance.code, building.code AS building, ST_AsBinary(entrance.geom) AS wkb
FROM entrance JOIN building ON building.id = entrance.building_id
ORDER BY entrance.code
