-- Events that do not stand where the last row of their log says: counts, and the first hundred. Read as the owner.
-- Parameters: none. Indexes: pk_event, uq_event_log_event_id_seq.
WITH last AS (
  SELECT DISTINCT ON (event_id) event_id, to_status, round, seq FROM event_log ORDER BY event_id, seq DESC
), wrong AS (
  SELECT e.id, e.number, e.status, e.round, last.to_status, last.round AS last_round
  FROM event AS e LEFT JOIN last ON last.event_id = e.id
  WHERE (last.to_status, last.round) IS DISTINCT FROM (cast(e.status AS varchar), e.round)
)
SELECT
  (SELECT count(*) FROM event) AS events,
  (SELECT count(*) FROM wrong) AS wrong,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'number', w.number, 'status', w.status, 'logged', w.to_status, 'round', w.round, 'logged_round', w.last_round
    ) ORDER BY w.number)
    FROM (SELECT * FROM wrong ORDER BY number LIMIT 100) AS w
  ), '[]') AS found
