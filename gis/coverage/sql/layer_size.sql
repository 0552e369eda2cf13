-- Purpose: how many rows a stored layer has. Parameters: layer. SRID: none. Index: pk_reach.
SELECT count(*) FROM reach WHERE layer_id = :layer
