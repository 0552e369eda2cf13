-- Purpose: keep the newest layers only; their rows go with them.
-- Parameters: kept. SRID: none. Index: none, a few dozen rows.
DELETE FROM reach_layer WHERE id IN (
    SELECT id FROM reach_layer ORDER BY computed_at DESC, id DESC OFFSET :kept
)
