-- What the code of an area stands for: the ids of all its versions (null: there never was one), and whether it lies
-- in a subtree of the roots or one of them lies in it.
-- Parameters: code, roots (ids). Indexes: ix_area_code, pk_area.
SELECT
  array_agg(a.id) AS ids,
  coalesce(bool_or(a.path && cast(:roots AS int[]) OR EXISTS (
    SELECT FROM area AS root WHERE root.id = ANY(cast(:roots AS int[])) AND a.id = ANY(root.path)
  )), false) AS met
FROM area AS a
WHERE a.code = :code
