-- The demo accounts with the role each holds, its permissions and where. Parameters: none. Index: ix_role_grant_account_id.
SELECT a.id, a.username, g.role, g.area_id, g.department_id, d.code AS department,
  ARRAY(SELECT p.permission FROM role_permission AS p WHERE p.role = g.role ORDER BY 1) AS permissions
FROM account AS a
JOIN role_grant AS g ON g.account_id = a.id AND g.ended_at IS NULL AND g.categories IS NULL
LEFT JOIN department AS d ON d.id = g.department_id
WHERE a.is_demo AND a.disabled_at IS NULL
ORDER BY a.id
