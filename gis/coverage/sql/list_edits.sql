-- Purpose: a page of the edits made for real in areas somebody may change, the newest first.
-- Parameters: count, before (number, null for the first page); everywhere, roots (areas): who reads. SRID: none. Index: pk_register_edit.
SELECT e.id, e.edit, a.code AS area, e.scenario_id, e.actor, e.at, e.changed
FROM register_edit AS e
LEFT JOIN area AS a ON a.id = e.area_id
WHERE (CAST(:before AS bigint) IS NULL OR e.id < CAST(:before AS bigint))
  AND (CAST(:everywhere AS boolean) OR a.path && CAST(:roots AS integer[]))
ORDER BY e.id DESC
LIMIT :count
