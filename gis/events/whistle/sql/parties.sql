-- Accounts that hold a permission nearest to an area, or in departments: whom a notice is for.
-- Parameters: permission, area (id or null), departments (ids). Indexes: ix_role_grant_account_id, pk_department.
SELECT coalesce(array_agg(DISTINCT one), '{}') FROM (
  SELECT unnest(whistle_holders(:permission, cast(:area AS int), NULL)) AS one WHERE cast(:area AS int) IS NOT NULL
  UNION ALL
  SELECT unnest(whistle_holders(:permission, NULL, d)) FROM unnest(cast(:departments AS int[])) AS d
) AS held
