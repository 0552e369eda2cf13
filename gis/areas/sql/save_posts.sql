-- Upsert who holds a post in the staged areas.
-- Parameters: none; reads pg_temp.stage_posts (area, role, post). Index used: uq_area_post_current.
INSERT INTO area_post AS old (area_id, role, post)
SELECT area.id, staged.role, staged.post
FROM stage_posts staged JOIN area ON area.code = staged.area AND area.valid_to IS NULL
ON CONFLICT (area_id, role) WHERE valid_to IS NULL
DO UPDATE SET post = excluded.post WHERE old.post IS DISTINCT FROM excluded.post
