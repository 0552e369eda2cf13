-- Whoever imports does so alone until the end of the transaction: what was compared is what is changed.
-- Parameters: what.
SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))
