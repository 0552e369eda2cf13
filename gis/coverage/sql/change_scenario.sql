-- Purpose: change a scenario if it is still of this version. Parameters: id, version, name, note, edits, question.
-- Result: its id where it was. SRID: none. Index: pk_scenario.
UPDATE scenario SET
    name = :name,
    note = :note,
    edits = CAST(:edits AS jsonb),
    question = CAST(:question AS jsonb),
    version = version + 1,
    updated_at = now()
WHERE id = :id AND version = :version
RETURNING id
