-- Purpose: one scenario, of an area somebody plans in or made by themselves.
-- Parameters: id; everywhere, roots (areas), account: who reads. SRID: none. Index: pk_scenario.
SELECT
    s.id, s.name, s.note, s.edits, s.question, s.area_id, a.code AS area, s.version, s.created_by, s.created_at,
    s.updated_at, s.adopted_at
FROM scenario AS s
JOIN area AS a ON a.id = s.area_id
WHERE s.id = :id
  AND (CAST(:everywhere AS boolean) OR a.path && CAST(:roots AS integer[]) OR s.created_by = CAST(:account AS integer))
