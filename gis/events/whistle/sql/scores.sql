-- What each department was called for in some periods, as of now. Released and exempt answers are counted apart and are in
-- no rate; what still runs inside its limit is in no denominator (`waiting`). Solved is the community's word; where it
-- did not rate in time, the department's. Whistles count where kpi.read is held:
-- the function says which (whistle_counted), as for the indicators of areas.
-- Parameters: begins, ends (arrays of dates, an end is not included; days of the country), department (code or null).
-- A row for each department and period in which it was called, `period` from 1 on; a department asked for by its code
-- has every period. Index: ix_whistle_answer_called_at.
WITH period AS (
  SELECT p.n, p.begins::timestamp AT TIME ZONE 'Asia/Shanghai' AS begins, p.ends::timestamp AT TIME ZONE 'Asia/Shanghai' AS ends
  FROM unnest(cast(:begins AS date[]), cast(:ends AS date[])) WITH ORDINALITY AS p (begins, ends, n)
), counted AS (
  SELECT (n.answer).*, n.appeal, n.appeal IS NOT DISTINCT FROM 'granted' AS exempt,
    (n.answer).status <> 'released' AND n.appeal IS DISTINCT FROM 'granted' AS counts
  FROM whistle_counted((SELECT min(begins) FROM period), (SELECT max(ends) FROM period)) AS n
)
SELECT p.n AS period, d.code, d.name, now() AS as_of, count(c.whistle_id) AS called,
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
  count(*) FILTER (WHERE c.appeal = 'asked') AS appeals_asked,
  count(*) FILTER (WHERE c.appeal = 'granted') AS appeals_granted,
  count(*) FILTER (WHERE c.appeal = 'denied') AS appeals_denied,
  avg(c.timeliness) FILTER (WHERE c.counts) AS timeliness,
  avg(c.effort) FILTER (WHERE c.counts) AS effort,
  avg(c.result) FILTER (WHERE c.counts) AS result
FROM department AS d CROSS JOIN period AS p
LEFT JOIN counted AS c ON c.department_id = d.id AND c.called_at >= p.begins AND c.called_at < p.ends
WHERE cast(:department AS text) IS NULL OR d.code = cast(:department AS text)
GROUP BY d.id, p.n
HAVING count(c.whistle_id) > 0 OR cast(:department AS text) IS NOT NULL
ORDER BY d.code, p.n
