-- Set the parent of every staged area by code; an area without a staged parent keeps what it has.
-- Parameters: none; reads pg_temp.stage_area (code, parent). Index used: uq_area_code_current.
UPDATE area child
SET parent_id = parent.id
FROM stage_area staged
JOIN area parent ON parent.code = staged.parent AND parent.valid_to IS NULL
WHERE child.code = staged.code AND child.valid_to IS NULL AND child.parent_id IS DISTINCT FROM parent.id
