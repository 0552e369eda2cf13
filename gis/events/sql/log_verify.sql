-- Check the log of every event: the hash of each row, its number, and that it hangs on the row before.
-- Built-in functions alone compute the hash: the functions of the schema belong to whoever could have changed the
-- rows. Gives counts and the first fault of at most 100 events. Parameters: none. Index: uq_event_log_event_id_seq.
WITH checked AS (
  SELECT
    event_id, seq,
    CASE
      WHEN hash <> sha256(convert_to(concat_ws(
        chr(31), 'wangge-log-2', event_id::text, seq::text, (extract(epoch FROM at) * 1000000)::bigint::text,
        actor, coalesce(account_id::text, ''), action, coalesce(from_status, ''), to_status, round::text,
        coalesce(note, ''), details::text, coalesce(command_id::text, ''), coalesce(encode(prev_hash, 'hex'), '')
      ), 'UTF8')) THEN 1
      WHEN seq <> coalesce(lag(seq) OVER chain, 0) + 1 THEN 2
      WHEN prev_hash IS DISTINCT FROM lag(hash) OVER chain THEN 3
    END AS fault
  FROM event_log
  WINDOW chain AS (PARTITION BY event_id ORDER BY seq)
), chained AS (
  SELECT event_id, count(*) AS rows, min(seq * 4::bigint + fault) AS broken FROM checked GROUP BY event_id
)
SELECT
  coalesce(sum(rows), 0)::bigint AS rows,
  count(*) AS objects,
  count(broken) AS broken,
  coalesce(
    (array_agg(jsonb_build_array('event ' || event_id, broken / 4, broken % 4) ORDER BY event_id)
      FILTER (WHERE broken IS NOT NULL))[1:100],
    '{}'
  ) AS faults
FROM chained
