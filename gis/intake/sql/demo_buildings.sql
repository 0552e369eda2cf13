-- Inhabited buildings of the community of the demo secretary for a round of visits: some of each of its first grids, with
-- how many households they have. Parameters: grids, each (how many grids, and buildings of each). Index: pk_area.
SELECT code, households, grid_id FROM (
  SELECT b.code, least(p.households, 40) AS households, b.grid_id,
    dense_rank() OVER (ORDER BY g.code) AS grid, row_number() OVER (PARTITION BY g.id ORDER BY b.code) AS turn
  FROM account AS a
  JOIN role_grant AS r ON r.account_id = a.id AND r.ended_at IS NULL
  JOIN area AS g ON g.path && ARRAY[r.area_id] AND g.level = 'grid' AND g.valid_to IS NULL
  JOIN building AS b ON b.grid_id = g.id AND b.inhabited
  JOIN building_people AS p ON p.building_id = b.id AND p.households > 3
  WHERE a.is_demo AND a.username = 'secretary'
) AS found
WHERE grid <= :grids AND turn <= :each
ORDER BY code
