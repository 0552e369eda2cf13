-- The keys of all categories, retired ones too: what happened then was called so then.
-- Parameters: none. Reads the whole table (some hundred rows).
SELECT c.scheme, c.kind, c.code FROM category AS c
