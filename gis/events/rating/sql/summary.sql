-- Ratings, objections, call-backs and exemptions of the rounds that ended in a period, as of now. Who did not answer is
-- counted apart and is in no rate; what may still be rated is `waiting`. A rate over nothing is null.
-- Parameters: begin, end (dates of the country, end not included), area (code or null), and those of the scope.
-- Indexes: ix_event_round_ended_at, pk_event_rating, ix_call_back_event_id.
WITH ended AS (
  SELECT r.*, e.scope_path FROM event_round AS r JOIN event AS e ON e.id = r.event_id
  WHERE r.ended_at >= (cast(:begin AS date)::timestamp AT TIME ZONE 'Asia/Shanghai')
    AND r.ended_at < (cast(:end AS date)::timestamp AT TIME ZONE 'Asia/Shanghai')
    AND r.ended_as = 'closed'
    AND (cast(:area AS text) IS NULL OR e.scope_path && ARRAY(
      SELECT a.id FROM area AS a WHERE a.code = cast(:area AS text) AND a.valid_to IS NULL))
    /*scope*/
), rated AS (
  SELECT n.event_id, n.round, n.rate_until, n.objected_at, n.exempt, n.outcome, g.score, g.solved, s.satisfied
  FROM ended AS n
  LEFT JOIN event_rating AS g ON g.event_id = n.event_id AND g.round = n.round
  LEFT JOIN rating_scale AS s ON s.score = g.score
), figures AS (
  SELECT count(*) AS closed, count(score) AS rated,
    count(*) FILTER (WHERE score IS NULL AND rate_until < now()) AS no_answer,
    count(*) FILTER (WHERE score IS NULL AND rate_until >= now()) AS waiting,
    count(*) FILTER (WHERE satisfied) AS satisfied, count(solved) AS solved_answers,
    count(*) FILTER (WHERE solved = 'yes') AS solved, count(*) FILTER (WHERE solved = 'partly') AS partly,
    count(objected_at) AS objections, count(*) FILTER (WHERE exempt) AS exempt,
    count(*) FILTER (WHERE outcome = 'partly_fixed') AS partly_fixed
  FROM rated
), called AS (
  SELECT count(*) FILTER (WHERE b.sampled) AS sampled, count(b.done_at) AS done,
    count(*) FILTER (WHERE b.done_at IS NULL AND b.due_at < now()) AS late,
    count(*) FILTER (WHERE b.reached) AS reached, count(*) FILTER (WHERE b.answered) AS answered,
    count(*) FILTER (WHERE b.omitted) AS omitted, count(*) FILTER (WHERE b.satisfied) AS satisfied,
    count(*) FILTER (WHERE b.solved = 'yes') AS solved
  FROM ended AS n JOIN call_back AS b ON b.event_id = n.event_id AND b.round = n.round
)
SELECT json_build_object(
  'as_of', now(), 'closed', f.closed, 'rated', f.rated, 'no_answer', f.no_answer, 'waiting', f.waiting,
  'satisfied', json_build_object(
    'numerator', f.satisfied, 'denominator', f.rated, 'value', round(f.satisfied::numeric / nullif(f.rated, 0), 6)),
  'solved', json_build_object(
    'numerator', f.solved, 'denominator', f.solved_answers,
    'value', round(f.solved::numeric / nullif(f.solved_answers, 0), 6), 'partly', f.partly),
  'partly_fixed', f.partly_fixed, 'objections', f.objections, 'exempt', f.exempt,
  'scores', (
    SELECT json_agg(json_build_object('score', s.score, 'label_zh', s.label_zh, 'label_en', s.label_en,
      'count', (SELECT count(*) FROM rated AS x WHERE x.score = s.score)) ORDER BY s.score)
    FROM rating_scale AS s
  ),
  'call_backs', json_build_object(
    'sampled', k.sampled, 'done', k.done, 'late', k.late, 'reached', k.reached, 'answered', k.answered,
    'omitted', k.omitted, 'satisfied', k.satisfied, 'solved', k.solved)
)::text
FROM figures AS f, called AS k
