-- Purpose: one scenario, where the policies let it be seen. Parameters: id. SRID: none. Index: pk_scenario.
SELECT
    s.id, s.name, s.note, s.edits, s.question, s.area_id, a.code AS area, s.version, s.created_by, s.created_at,
    s.updated_at, s.adopted_at
FROM scenario AS s
JOIN area AS a ON a.id = s.area_id
WHERE s.id = :id
