-- Purpose: a text that changes whenever a statement wrote to a relation that coverage reads (triggers count).
-- Parameters: none. SRID: none. Index: none, ten rows.
SELECT string_agg(format('%s %s', relation, revision), ' ' ORDER BY relation) FROM register_revision
