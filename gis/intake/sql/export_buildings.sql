-- The stored layer `buildings` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT building.code, building.name, building.use, building.storeys, building.address,
       compound.code AS compound, area.code AS grid, people.households, people.registered, people.actual,
       people.floating, people.age_0_14, people.age_15_59, people.age_60_79, people.age_80,
       ST_AsBinary(building.geom) AS wkb
FROM building
LEFT JOIN building_people people ON people.building_id = building.id
LEFT JOIN compound ON compound.id = building.compound_id
LEFT JOIN area ON area.id = building.grid_id
ORDER BY building.code
