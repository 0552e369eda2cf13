-- Purpose: make room for a fresh set of circles of one cost. Parameters: cost. SRID: none. Index: none.
DELETE FROM circle WHERE cost = :cost
