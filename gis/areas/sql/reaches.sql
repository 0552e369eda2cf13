-- Purpose: whether the subtree of an area, in any of its versions, and the subtrees of some roots share an area.
-- Parameters: code: text; roots: int[]
-- SRID: none
-- Index: area(code), area(id)
SELECT bool_or(
         asked.path && cast(:roots AS int[])
         OR EXISTS (SELECT FROM area AS root WHERE root.id = ANY (cast(:roots AS int[])) AND asked.id = ANY (root.path)))
FROM area AS asked
WHERE asked.code = :code
