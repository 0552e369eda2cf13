-- Accounts to be told of a clock: the handler; of the department's stages who handles there; else the holders of the
-- stage's permission in the nearest area that has any. Overdue, also the supervisors. Parameters: event, stage, overdue.
-- Indexes: pk_event, ix_role_grant_area_id, ix_role_grant_department_id.
WITH e AS (
  SELECT handler_id, department_id, level_area_id FROM event WHERE id = :event
), held AS (
  SELECT g.account_id, g.area_id, g.department_id, p.permission
  FROM role_grant AS g JOIN role_permission AS p ON p.role = g.role JOIN account AS a ON a.id = g.account_id
  WHERE g.ended_at IS NULL AND g.valid_from <= current_date AND (g.valid_to IS NULL OR g.valid_to >= current_date)
    AND a.disabled_at IS NULL AND p.permission LIKE 'events.%'
), asked (permission) AS (
  SELECT CASE cast(:stage AS text)
    WHEN 'verify' THEN 'events.inspect' WHEN 'inspect' THEN 'events.inspect' WHEN 'dispatch' THEN 'events.dispatch'
    ELSE 'events.accept' END
  WHERE cast(:stage AS text) NOT IN ('sign', 'handle') OR (SELECT department_id IS NULL FROM e)
  UNION ALL SELECT 'events.supervise' WHERE cast(:overdue AS boolean)
)
SELECT handler_id AS account_id FROM e WHERE handler_id IS NOT NULL AND cast(:stage AS text) IN ('sign', 'handle')
UNION
SELECT h.account_id FROM held AS h, e
WHERE cast(:stage AS text) IN ('sign', 'handle') AND h.department_id = e.department_id
  AND h.permission = 'events.handle' AND e.handler_id IS NULL
UNION
SELECT h.account_id FROM asked CROSS JOIN e
CROSS JOIN LATERAL (
  SELECT up.id FROM area AS a, unnest(a.path) WITH ORDINALITY AS up (id, step)
  WHERE a.id = e.level_area_id AND EXISTS (
    SELECT FROM held WHERE held.area_id = up.id AND held.permission = asked.permission)
  ORDER BY up.step DESC LIMIT 1
) AS nearest
JOIN held AS h ON h.area_id = nearest.id AND h.permission = asked.permission
ORDER BY account_id
