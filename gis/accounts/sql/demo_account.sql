-- Make sure of one demo account: the account, its password, and its role in the area of a level that holds the grid
-- with most open events, or in the department below another that has most open events in grids. An account of that name that is no
-- demo's is left alone. Parameters: username, hash, role, level (or 'department'), families (categories
-- scheme:kind:code), days (or null). Returns the account when it was made or its role was given now.
-- Index: uq_area_code_current, ix_event_open_grid, ix_event_department_id.
WITH district AS (
  SELECT p.id, p.path FROM service_area AS s JOIN area AS p ON p.id = s.area_id ORDER BY s.id LIMIT 1
),
grids AS (
  SELECT g.path FROM area AS g, district
  WHERE g.level = 'grid' AND g.kind IS DISTINCT FROM 'dedicated' AND g.valid_to IS NULL AND g.path @> ARRAY[district.id]
  ORDER BY (SELECT count(*) FROM event AS e WHERE e.grid_id = g.id AND e.closed_at IS NULL) DESC, g.code LIMIT 1
),
place AS (
  SELECT a.id, a.name, NULL::int AS department_id FROM area AS a, grids
  WHERE a.level = :level AND a.id = ANY(grids.path)
  UNION ALL
  SELECT * FROM (
    SELECT district.id, d.name, d.id FROM department AS d, district
    WHERE :level = 'department' AND d.parent_id IS NOT NULL
    ORDER BY
      (
        SELECT count(*) FROM department AS below
        JOIN event AS e ON e.department_id = below.id AND e.closed_at IS NULL AND e.grid_id IS NOT NULL
        WHERE below.path @> ARRAY[d.id]
      ) DESC,
      d.name NOT LIKE '%城市管理%', d.code
    LIMIT 1
  ) AS chosen
),
person AS (
  INSERT INTO account (username, display_name, home_area_id, password_hash, password_changed_at, must_change, is_demo)
  SELECT :username, r.name_zh || '（演示）', place.id, :hash, now(), false, true
  FROM place, role AS r WHERE r.code = :role
  ON CONFLICT (lower(username)) DO UPDATE
    SET password_hash = excluded.password_hash, password_changed_at = now(), must_change = false
    WHERE account.is_demo
  RETURNING id, home_area_id, xmax = 0 AS made
),
given AS (
  INSERT INTO role_grant (account_id, role, area_id, department_id, categories, valid_from, valid_to)
  SELECT
    person.id, :role, CASE WHEN place.department_id IS NULL THEN place.id END, place.department_id,
    (
      SELECT array_agg(c.id ORDER BY c.id) FROM category AS c
      WHERE concat_ws(':', c.scheme, c.kind, c.code) = ANY(cast(:families AS text[]))
    ),
    current_date - 60, -- what the sample shows of the past was done in these posts
    current_date + cast(:days AS int)
  FROM person, place
  WHERE NOT EXISTS (
    SELECT FROM role_grant AS g
    WHERE g.account_id = person.id AND g.role = :role AND g.ended_at IS NULL
      AND (g.valid_to IS NULL OR g.valid_to > current_date)
  )
  RETURNING account_id
)
SELECT person.id, person.home_area_id AS area_id FROM person
WHERE person.made OR EXISTS (SELECT FROM given)
