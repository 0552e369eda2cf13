"""How long stages took, open ones included; what whistles came to; what somebody has to do, told to nobody else."""

from __future__ import annotations

from alembic import op

revision = "0020b"
down_revision = "0020"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
ASKED = f"{OWNER} SET plan_cache_mode = force_custom_plan"  # as in revision 0020
DENIED = """
  IF NOT (maintains_or_covers_kpi($1, NULL)) THEN
    RAISE EXCEPTION 'kpi_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
"""
# How long a stage took those whose first turn began in the period, with all turns of a round together and without
# pauses, by area or department. What runs still, or ended undone, is told with the time so far and `done` false.
TIMES = f"""
CREATE FUNCTION wangge.kpi_times(
  area int, keys int[], first date, last date, stage text, by_what text, as_of timestamptz
) RETURNS TABLE (key int, seconds float8[], done boolean[]) LANGUAGE plpgsql STABLE {ASKED} AS $$
#variable_conflict use_column
DECLARE
  begins timestamptz := $3::timestamp AT TIME ZONE 'Asia/Shanghai';
  ends timestamptz := ($4 + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
  units boolean := $6 = 'department';
BEGIN
{DENIED}
  RETURN QUERY
  WITH runs AS (
    SELECT c.event_id, c.round, CASE WHEN units THEN c.department_id END AS unit,
      sum(extract(epoch FROM coalesce(c.stopped_at, $7) - c.started_at - c.paused_total
        - coalesce($7 - c.paused_at, '0')))::float8 AS took,
      coalesce((array_agg(c.outcome ORDER BY c.turn DESC))[1] = 'done', false) AS done
    FROM event_clock AS c
    WHERE c.stage = $5 AND c.started_at >= begins AND c.started_at <= $7
    GROUP BY 1, 2, 3 HAVING min(c.started_at) < ends
  ), placed AS (
    SELECT CASE WHEN units THEN r.unit ELSE up.id END AS key, r.took, r.done
    FROM runs AS r
    JOIN event AS e ON e.id = r.event_id AND $1 = ANY(e.scope_path)
    CROSS JOIN LATERAL (SELECT x AS id FROM unnest(e.scope_path) AS x WHERE NOT units AND x = ANY($2)
      UNION ALL SELECT r.unit WHERE units AND r.unit IS NOT NULL) AS up
  )
  SELECT p.key, array_agg(greatest(p.took, 0)), array_agg(p.done) FROM placed AS p GROUP BY 1;
END $$
"""
# Whistles of an area: answered, arrived and solved in time, with what runs inside its limit apart.
WHISTLES = f"""
CREATE FUNCTION wangge.kpi_whistles(area int, first date, last date, as_of timestamptz)
RETURNS TABLE (blown bigint, called bigint, left_out bigint, answered_done bigint, answered_base bigint,
  arrived_done bigint, arrived_base bigint, solved_done bigint, solved_base bigint, rated bigint, mean numeric)
LANGUAGE plpgsql STABLE {ASKED} AS $$
#variable_conflict use_column
BEGIN
{DENIED}
  RETURN QUERY
  WITH heard AS (
    SELECT w.id FROM whistle AS w JOIN area AS a ON a.id = w.area_id
    WHERE $1 = ANY(a.path) AND w.blown_at >= $2::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND w.blown_at < ($3 + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
  ), answers AS (
    SELECT x.*, x.status <> 'released' AND coalesce(p.status <> 'granted', true) AS counts
    FROM heard AS h JOIN whistle_answer AS x ON x.whistle_id = h.id AND x.called_at IS NOT NULL
    LEFT JOIN whistle_appeal AS p ON p.whistle_id = x.whistle_id AND p.department_id = x.department_id
  )
  SELECT (SELECT count(*) FROM heard), count(*), count(*) FILTER (WHERE NOT c.counts),
    count(*) FILTER (WHERE c.counts AND c.accepted_at <= c.accept_due),
    count(*) FILTER (WHERE c.counts AND (c.accepted_at IS NOT NULL OR c.accept_due < $4)),
    count(*) FILTER (WHERE c.counts AND c.arrived_at <= c.arrive_due),
    count(*) FILTER (WHERE c.counts AND c.accepted_at IS NOT NULL AND (c.arrived_at IS NOT NULL OR c.arrive_due < $4)),
    count(*) FILTER (WHERE c.counts AND (c.solved = 'yes' OR (c.status = 'unrated' AND c.outcome = 'solved'))),
    count(*) FILTER (WHERE c.counts AND (c.status IN ('rated', 'unrated')
      OR (c.status <> 'resolved' AND c.result_due < $4))),
    count(*) FILTER (WHERE c.counts AND c.status = 'rated'),
    avg((c.timeliness + c.effort + c.result) / 3.0) FILTER (WHERE c.counts AND c.status = 'rated')
  FROM answers AS c;
END $$
"""
# What is before whoever asks: nobody else can ask it of them, and time spent online is not in it.
LOAD = f"""
CREATE FUNCTION wangge.my_load() RETURNS jsonb LANGUAGE sql STABLE {OWNER} AS $$
  SELECT jsonb_build_object(
    'as_of', workflow_now(),
    'open', count(*) FILTER (WHERE e.closed_at IS NULL),
    'overdue', count(*) FILTER (WHERE e.closed_at IS NULL AND e.due_at < workflow_now()),
    'due_today', count(*) FILTER (WHERE e.closed_at IS NULL AND e.due_at >= workflow_now()
      AND kpi_day(e.due_at) = kpi_day(workflow_now())),
    'suspended', count(*) FILTER (WHERE e.status = 'suspended'),
    'to_inspect', (SELECT count(*) FROM inspection_task AS k WHERE k.assignee_id = account_id() AND k.state = 'open'),
    'finished_30_days', count(*) FILTER (WHERE EXISTS (SELECT FROM event_log AS l WHERE l.event_id = e.id
      AND l.account_id = account_id() AND l.action IN ('feedback', 'self_handle')
      AND l.at >= workflow_now() - interval '30 days')),
    'inspected_30_days', (SELECT count(*) FROM inspection_task AS k WHERE k.assignee_id = account_id()
      AND k.done_by = account_id() AND k.done_at >= workflow_now() - interval '30 days')
  ) FROM event AS e WHERE e.handler_id = account_id()
$$
"""
FUNCTIONS = (
    "my_load()",
    "kpi_whistles(int, date, date, timestamptz)",
    "kpi_times(int, int[], date, date, text, text, timestamptz)",
)


def upgrade() -> None:
    for statement in (TIMES, WHISTLES, LOAD):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")
    # Runs are kept in the order they begin: a few bytes for each hundred of them find those of a period.
    op.create_index(
        "ix_event_clock_started_at", "event_clock", ["started_at"], unique=False, schema="wangge",
        postgresql_using="brin",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_event_clock_started_at", "event_clock", schema="wangge")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{function}")
