-- Places in the grid of the demo grid worker, always the same for a seed. Parameters: count, seed. SRID 4326.
-- Index: pk_area.
SELECT ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat
FROM account AS a
JOIN role_grant AS g ON g.account_id = a.id AND g.ended_at IS NULL
JOIN area AS grid ON grid.id = g.area_id
CROSS JOIN LATERAL ST_Dump(ST_GeneratePoints(grid.geom, cast(:count AS int), cast(:seed AS int))) AS p
WHERE a.is_demo AND a.username = 'grid_worker'
ORDER BY p.path
