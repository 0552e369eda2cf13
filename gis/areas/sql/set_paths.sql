-- Write the path of ids from the root of every current area whose path is not what its parents say.
-- Parameters: none. Index used: ix_area_parent_id.
WITH RECURSIVE tree AS (
    SELECT id, ARRAY[id] AS path FROM area WHERE parent_id IS NULL AND valid_to IS NULL
    UNION ALL
    SELECT child.id, tree.path || child.id
    FROM tree JOIN area child ON child.parent_id = tree.id AND child.valid_to IS NULL
)
UPDATE area SET path = tree.path FROM tree WHERE area.id = tree.id AND area.path IS DISTINCT FROM tree.path
