-- Remove the rows of the audit from before a moment and keep, for each object, the mark its chain goes on from.
-- Only the beginning of a chain goes: a row behind one that stays, stays as well. Gives how many went.
-- Parameters: before. The transaction says `wangge.audit_purge`. Indexes: ix_audit_at_id, pk_audit_mark.
WITH doomed AS MATERIALIZED (
  SELECT a.id, a.object_type, a.object_id, a.seq, a.hash, a.at
  FROM audit AS a
  WHERE a.at < :before AND NOT EXISTS (
    SELECT FROM audit AS kept
    WHERE kept.object_type = a.object_type AND kept.object_id = a.object_id AND kept.seq < a.seq AND kept.at >= :before
  )
), marked AS (
  INSERT INTO audit_mark (object_type, object_id, seq, hash, at)
  SELECT DISTINCT ON (object_type, object_id) object_type, object_id, seq, hash, at
  FROM doomed ORDER BY object_type, object_id, seq DESC
  ON CONFLICT (object_type, object_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at = excluded.at
), gone AS (
  DELETE FROM audit USING doomed WHERE audit.id = doomed.id
)
SELECT count(*) FROM doomed
