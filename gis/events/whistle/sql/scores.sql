-- What each department was called for in a period, as of now. Released and exempt answers are counted apart and are in
-- no rate; what still runs inside its limit is in no denominator (`waiting`). Solved is the community's word; where it
-- did not rate in time, the department's. Whistles count where kpi.read is held:
-- the function says which (whistle_counted), as for the indicators of areas.
-- Parameters: begin, end (dates, end not included; days of the country), department (code or null).
-- Index: ix_whistle_answer_called_at.
WITH counted AS (
  SELECT (n.answer).*, n.exempt, (n.answer).status <> 'released' AND NOT n.exempt AS counts
  FROM whistle_counted(
    cast(:begin AS date)::timestamp AT TIME ZONE 'Asia/Shanghai',
    cast(:end AS date)::timestamp AT TIME ZONE 'Asia/Shanghai'
  ) AS n
)
SELECT d.code, d.name, now() AS as_of, count(c.whistle_id) AS called,
  count(*) FILTER (WHERE c.status = 'released') AS released,
  count(*) FILTER (WHERE c.status <> 'released' AND c.exempt) AS exempt,
  count(*) FILTER (WHERE c.counts AND c.accepted_at <= c.accept_due) AS answered_done,
  count(*) FILTER (WHERE c.counts AND (c.accepted_at IS NOT NULL OR c.accept_due < now())) AS answered_base,
  count(*) FILTER (WHERE c.counts AND c.accepted_at IS NULL AND c.accept_due >= now()) AS answered_waiting,
  count(*) FILTER (WHERE c.counts AND c.arrived_at <= c.arrive_due) AS arrived_done,
  count(*) FILTER (WHERE c.counts AND c.accepted_at IS NOT NULL
    AND (c.arrived_at IS NOT NULL OR c.arrive_due < now())) AS arrived_base,
  count(*) FILTER (WHERE c.counts AND c.accepted_at IS NOT NULL
    AND c.arrived_at IS NULL AND c.arrive_due >= now()) AS arrived_waiting,
  count(*) FILTER (WHERE c.counts AND (c.solved = 'yes' OR (c.status = 'unrated' AND c.outcome = 'solved')))
    AS solved_done,
  count(*) FILTER (WHERE c.counts AND (c.status IN ('rated', 'unrated')
    OR (c.status <> 'resolved' AND c.result_due < now()))) AS solved_base,
  count(*) FILTER (WHERE c.counts AND (c.status = 'resolved'
    OR (c.status NOT IN ('rated', 'unrated') AND c.result_due >= now()))) AS solved_waiting,
  count(*) FILTER (WHERE c.counts AND c.status = 'rated') AS rated,
  count(*) FILTER (WHERE c.counts AND c.status = 'unrated') AS unrated,
  avg(c.timeliness) FILTER (WHERE c.counts) AS timeliness,
  avg(c.effort) FILTER (WHERE c.counts) AS effort,
  avg(c.result) FILTER (WHERE c.counts) AS result
FROM department AS d LEFT JOIN counted AS c ON c.department_id = d.id
WHERE cast(:department AS text) IS NULL OR d.code = cast(:department AS text)
GROUP BY d.id
HAVING count(c.whistle_id) > 0 OR cast(:department AS text) IS NOT NULL
ORDER BY d.code
