-- What an account holds now or is to hold: whether privileged, and the paths of where it reaches; of a department these
-- are the paths of the areas it works in, or the nearest department above it does, else of the service area.
-- Parameters: account (id) or, for one department alone, department (id). Index: ix_role_grant_account_id.
WITH held AS (
  SELECT g.id, r.privileged, g.area_id, g.department_id
  FROM role_grant AS g JOIN role AS r ON r.code = g.role
  WHERE g.account_id = cast(:account AS int) AND g.ended_at IS NULL
    AND (g.valid_to IS NULL OR g.valid_to >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
  UNION ALL SELECT 0, false, NULL, cast(:department AS int) WHERE cast(:department AS int) IS NOT NULL
)
SELECT
  held.id, held.privileged,
  CASE WHEN held.area_id IS NOT NULL THEN (SELECT jsonb_build_array(to_jsonb(p.path)) FROM area AS p WHERE p.id = held.area_id)
  ELSE coalesce(
    (
      SELECT jsonb_agg(to_jsonb(p.path)) FROM department_area AS w JOIN area AS p ON p.id = w.area_id
      WHERE w.valid_to IS NULL AND w.department_id = (
        SELECT up.id FROM department AS d, unnest(d.path || d.id) WITH ORDINALITY AS up (id, step)
        WHERE d.id = held.department_id
          AND EXISTS (SELECT FROM department_area AS x WHERE x.department_id = up.id AND x.valid_to IS NULL)
        ORDER BY up.step DESC LIMIT 1
      )
    ),
    (SELECT jsonb_agg(to_jsonb(p.path)) FROM service_area AS s JOIN area AS p ON p.id = s.area_id),
    '[]'
  ) END AS paths
FROM held
