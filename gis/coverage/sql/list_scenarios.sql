-- Purpose: a page of the scenarios the policies let be seen, the newest first (ids begin with their time).
-- Parameters: count, before (id, null for the first page). SRID: none. Index: pk_scenario.
SELECT
    s.id, s.name, s.note, s.edits, s.question, s.area_id, a.code AS area, s.version, s.created_by, s.created_at,
    s.updated_at, s.adopted_at
FROM scenario AS s
JOIN area AS a ON a.id = s.area_id
WHERE CAST(:before AS uuid) IS NULL OR s.id < CAST(:before AS uuid)
ORDER BY s.id DESC
LIMIT :count
