-- Write the path of ids from the root of every department whose path is not what its parents say.
-- Parameters: none. Index used: ix_department_parent_id.
WITH RECURSIVE tree AS (
    SELECT id, ARRAY[id] AS path FROM department WHERE parent_id IS NULL
    UNION ALL
    SELECT child.id, tree.path || child.id
    FROM tree JOIN department child ON child.parent_id = tree.id
)
UPDATE department SET path = tree.path
FROM tree WHERE department.id = tree.id AND department.path IS DISTINCT FROM tree.path
