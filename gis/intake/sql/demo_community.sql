-- The code of the community of the demo secretary. Parameters: none. Index: ix_role_grant_account_id.
SELECT area.code FROM account AS a
JOIN role_grant AS g ON g.account_id = a.id AND g.ended_at IS NULL
JOIN area ON area.id = g.area_id
WHERE a.is_demo AND a.username = 'secretary'
