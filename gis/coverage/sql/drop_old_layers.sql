-- Purpose: keep the layers of the first type and the newest of the others; of those made for a time of the week or
--   a capacity only the newest few. The rows of the rest go with them.
-- Parameters: kept; kept_situations; first (the first type alone, as an array). SRID: none.
-- Index: none, a few dozen rows.
DELETE FROM reach_layer WHERE id IN (
    SELECT id FROM (
        SELECT
            id,
            situation,
            row_number() OVER (
                PARTITION BY situation = ''
                ORDER BY situation = '' AND station_types <> cast(:first AS varchar[]), computed_at DESC, id DESC
            ) AS place
        FROM reach_layer
    ) AS ranked
    WHERE place > CASE situation WHEN '' THEN :kept ELSE :kept_situations END
)
