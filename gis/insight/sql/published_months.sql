-- The months that are published already. Parameters: none. SRID: none. Index: pk_public_statistic, a small table.
SELECT DISTINCT month FROM public_statistic
