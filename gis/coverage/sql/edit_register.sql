-- Purpose: make one edit of the register, on record, within the scope of register.edit (migration 0011).
-- Parameters: edit (JSON text), scenario (uuid or null), changed (JSON text). SRID: 4326 in the edit.
-- Index: uq_station_code, uq_gate_code, uq_street_code, ix_area_geom.
SELECT edit_id, row_id, grid
FROM edit_register(CAST(:edit AS jsonb), CAST(:scenario AS uuid), CAST(:changed AS jsonb))
