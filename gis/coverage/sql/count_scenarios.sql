-- Purpose: how many scenarios an account has. Parameters: account. SRID: none. Index: none: there are few.
SELECT count(*) FROM scenario WHERE created_by = CAST(:account AS integer)
