-- drop_old_layers
-- Purpose: keep the layers of the first type and the newest of the others; the rows of the rest go with them.
-- Parameters: kept; first (the first type alone, as an array). SRID: none. Index: none, a few dozen rows.
DELETE FROM reach_layer WHERE id IN (
    SELECT id FROM reach_layer
    ORDER BY station_types <> cast(:first AS varchar[]), computed_at DESC, id DESC OFFSET :kept
)
