-- Accounts in the order of their names, with the roles each holds, is to hold, or held; or one of them by its id.
-- Parameters: everywhere, roots (areas whose subtrees are read), id, path_root, search, disabled, after (each null: any),
-- row_limit. The predicate on home areas is the policy's too: each decides alone.
-- Index: uq_account_username_folded for the order, pk_account for one.
SELECT
  a.id, a.username, a.display_name, a.must_change, a.password_changed_at IS NOT NULL AS has_password, a.totp,
  a.issuer IS NOT NULL AS outside_identity, a.is_demo, a.version, a.created_at, a.disabled_at,
  jsonb_build_object('id', h.id, 'code', h.code, 'name', h.name) AS home,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'id', g.id, 'role', r.code, 'name_zh', r.name_zh, 'name_en', r.name_en, 'privileged', r.privileged,
      'limited', r.limited OR g.categories IS NOT NULL, 'valid_from', g.valid_from, 'valid_to', g.valid_to,
      'area', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'code', p.code, 'name', p.name) END,
      'department',
        CASE WHEN d.id IS NOT NULL THEN jsonb_build_object('id', d.id, 'code', d.code, 'name', d.name) END,
      'categories', coalesce(to_jsonb(g.categories), '[]'),
      'permissions',
        (SELECT coalesce(jsonb_agg(rp.permission), '[]') FROM role_permission AS rp WHERE rp.role = r.code),
      'in_force', g.ended_at IS NULL AND (d.id IS NOT NULL OR p.valid_to IS NULL)
        AND today.day BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
    ) ORDER BY g.ended_at IS NOT NULL, r.position, g.id)
    FROM role_grant AS g
    JOIN role AS r ON r.code = g.role
    LEFT JOIN area AS p ON p.id = g.area_id
    LEFT JOIN department AS d ON d.id = g.department_id
    WHERE g.account_id = a.id
  ), '[]') AS grants
FROM account AS a
JOIN area AS h ON h.id = a.home_area_id
CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today
WHERE (:everywhere OR h.path && cast(:roots AS int[]))
  AND a.id = coalesce(cast(:id AS int), a.id)
  AND (cast(:path_root AS int) IS NULL OR h.path @> ARRAY[cast(:path_root AS int)])
  AND (cast(:disabled AS boolean) IS NULL OR (a.disabled_at IS NOT NULL) = :disabled)
  AND (cast(:search AS text) IS NULL OR position(lower(:search) IN lower(a.username || ' ' || a.display_name)) > 0)
  AND (cast(:after AS text) IS NULL OR lower(a.username) > :after)
ORDER BY lower(a.username)
LIMIT :row_limit
