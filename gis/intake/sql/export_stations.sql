-- The stored layer `stations` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT station.code, station.type, station.name, station.status, station.hours, station.floor_area_m2,
       station.capacity, station.services, building.code AS building, area.code AS grid,
       ST_AsBinary(station.geom) AS wkb
FROM station
LEFT JOIN building ON building.id = station.building_id
LEFT JOIN area ON area.id = station.grid_id
ORDER BY station.code
