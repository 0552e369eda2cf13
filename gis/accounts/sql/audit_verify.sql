-- Check every chain of the audit: the hash of each row, its number, and that it hangs on the row before (or on the
-- mark where rows past their retention were removed). Built-in functions alone compute the hash: the functions of the
-- schema belong to whoever could have changed the rows. Gives counts and the first fault of at most 100 objects.
-- Parameters: none. Index: uq_audit_object_type_object_id_seq, read in order or sorted.
WITH checked AS (
  SELECT
    object_type, object_id, a.seq,
    CASE
      WHEN a.hash <> sha256(convert_to(concat_ws(
        chr(31), 'wangge-audit-1', object_type, object_id, a.seq::text,
        (extract(epoch FROM a.at) * 1000000)::bigint::text, coalesce(account_id::text, ''), actor, role,
        coalesce(address, ''), coalesce(trace_id, ''), coalesce(area_id::text, ''), action, result, details::text,
        coalesce(encode(prev_hash, 'hex'), '')
      ), 'UTF8')) THEN 1
      WHEN a.seq <> coalesce(lag(a.seq) OVER chain, m.seq, 0) + 1 THEN 2
      WHEN a.prev_hash IS DISTINCT FROM coalesce(lag(a.hash) OVER chain, m.hash) THEN 3
    END AS fault
  FROM audit AS a LEFT JOIN audit_mark AS m USING (object_type, object_id)
  WINDOW chain AS (PARTITION BY object_type, object_id ORDER BY a.seq)
), chained AS (
  SELECT object_type || ' ' || object_id AS object, count(*) AS rows, min(seq * 4::bigint + fault) AS broken
  FROM checked GROUP BY object_type, object_id
)
SELECT
  coalesce(sum(rows), 0)::bigint AS rows,
  count(*) AS objects,
  count(broken) AS broken,
  coalesce(
    (array_agg(jsonb_build_array(object, broken / 4, broken % 4) ORDER BY object) FILTER (WHERE broken IS NOT NULL))[1:100],
    '{}'
  ) AS faults
FROM chained
