-- Purpose: room for changed answers until the transaction ends. Parameters: none. SRID: none. Index: none.
CREATE TEMPORARY TABLE stage_reach (LIKE reach) ON COMMIT DROP
