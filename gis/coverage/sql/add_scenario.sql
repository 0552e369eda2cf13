-- Purpose: store a new scenario. Parameters: its columns, edits and question as JSON text. SRID: none. Index: none.
INSERT INTO scenario (id, name, note, edits, question, area_id, created_by)
VALUES (:id, :name, :note, CAST(:edits AS jsonb), CAST(:question AS jsonb), :area_id, :created_by)
