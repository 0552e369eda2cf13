-- Purpose: whether any loaded dataset is invented. Parameters: none. SRID: none. Index: none, a handful of rows.
SELECT coalesce(bool_or(is_sample), false) FROM dataset
