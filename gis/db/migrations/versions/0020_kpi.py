"""Facts of events that indicators count, their sums, and the questions about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0020a"
branch_labels = None
depends_on = None

MAINTAINS = "(SELECT wangge.maintains())"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
# How many days and areas are asked for decides the plan: one for all values, which a function keeps from its sixth call
# on, reads a year of everything for a day of a grid.
ASKED = f"{OWNER} SET plan_cache_mode = force_custom_plan"

# Which row of the log counts under which measure, as in gis.events.kpi.measures. A case counts once a measure,
# at its first such row; an unmerged one is taken off again.
ACTIONS = """
CREATE FUNCTION wangge.kpi_measures(action text, to_status text) RETURNS smallint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  -- (By itself: the first row of every log, which is never one that closes.)
  IF action = 'report' THEN
    RETURN '{1}';
  END IF;
  RETURN CASE action
    WHEN 'accept' THEN '{2}'
    WHEN 'verify' THEN '{3}'
    WHEN 'file' THEN '{4,18}'
    WHEN 'self_handle' THEN '{5,18}'
    WHEN 'reject' THEN '{6,19}'
    WHEN 'cancel' THEN '{7,19}'
    WHEN 'merge' THEN '{8,19}'
    WHEN 'unmerge' THEN '{-8,-19}'
    WHEN 'dispatch' THEN '{9}'
    WHEN 'refuse' THEN '{10}'
    WHEN 'return' THEN '{10}'
    WHEN 'feedback' THEN '{11}'
    WHEN 'fail_inspection' THEN '{12}'
    WHEN 'object' THEN '{14}'
    WHEN 'grant_extension' THEN '{15}'
    WHEN 'suspend' THEN '{16}'
    WHEN 'urge' THEN '{17}'
    WHEN 'history' THEN CASE to_status
      WHEN 'rejected' THEN '{6,19}' WHEN 'cancelled' THEN '{7,19}' WHEN 'merged' THEN '{8,19}' WHEN 'accepted' THEN '{2}'
      WHEN 'verifying' THEN '{2}' WHEN 'verified' THEN '{2,3}' WHEN 'self_handled' THEN '{5,18}'
      WHEN 'filed' THEN '{2,4,18}' WHEN 'closed' THEN '{2,4,18,9,11}' WHEN 'dispatched' THEN '{2,4,18,9}'
      WHEN 'handling' THEN '{2,4,18,9}' WHEN 'suspended' THEN '{2,4,18,9,16}' WHEN 'feedback' THEN '{2,4,18,9,11}'
      WHEN 'inspecting' THEN '{2,4,18,9,11}' ELSE '{}' END
    ELSE '{}'
  END::smallint[] || CASE WHEN to_status = 'closed' THEN '{13}'::smallint[] ELSE '{}' END;
END $$
"""
# Whether a row of the log changes a measure (taken off by a negative one): it is not counted yet, or is. Invalid
# (19) is a case that was rejected, cancelled or merged before it was ever filed or handled on the spot (18).
CHANGES = """
CREATE FUNCTION wangge.kpi_changes(event uuid, seq int, measure smallint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (measure < 0) = coalesce((
    SELECT abs(measure) = ANY(k) FROM wangge.event_log AS x, wangge.kpi_measures(x.action, x.to_status) AS k
    WHERE x.event_id = $1 AND x.seq < $2 AND k && ARRAY[measure, -measure]::smallint[] ORDER BY x.seq DESC LIMIT 1
  ), false) AND (abs(measure) <> 19 OR NOT EXISTS (
    SELECT FROM wangge.event_log AS x
    WHERE x.event_id = $1 AND x.seq < $2 AND 18::smallint = ANY(wangge.kpi_measures(x.action, x.to_status))
  ))
$$
"""
OF_LOG = f"""
CREATE FUNCTION wangge.kpi_of_log() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)
  SELECT kpi_day(e.opened_at), abs(m.measure), e.scope_area_id, 0, e.category_id, sign(m.measure)
  FROM added AS l
  JOIN event AS e ON e.id = l.event_id
  CROSS JOIN unnest(kpi_measures(l.action, l.to_status)) AS m (measure)
  WHERE l.seq = 1 OR kpi_changes(l.event_id, l.seq, m.measure);
  RETURN NULL;
END $$
"""
LOG_TRIGGER = """
CREATE TRIGGER kpi_of_log AFTER INSERT ON wangge.event_log REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION wangge.kpi_of_log()
"""
# An event that is moved, given another category or exempted takes what was counted with it.
BOOK = f"""
CREATE FUNCTION wangge.kpi_book(event uuid, area int, category int, exempt boolean, sign int) RETURNS void
LANGUAGE sql {OWNER} AS $$
  INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)
  SELECT kpi_day(e.opened_at), abs(m.measure), area, 0, category, sign(m.measure) * sign
  FROM event AS e JOIN event_log AS l ON l.event_id = e.id
  CROSS JOIN unnest(kpi_measures(l.action, l.to_status)) AS m (measure)
  WHERE e.id = event AND kpi_changes(e.id, l.seq, m.measure)
  UNION ALL
  SELECT kpi_day(c.due_at), k.measure, area, coalesce(c.department_id, 0), category, sign
  FROM event_clock AS c
  CROSS JOIN kpi_clock_measure(c.stage, c.due_at, c.running_since, c.stopped_at, c.outcome, exempt) AS k (measure)
  WHERE c.event_id = event AND k.measure IS NOT NULL
  UNION ALL
  SELECT v.day, v.measure, area, v.department_id, category, sign FROM kpi_voices(event) AS v
$$
"""
MOVED = f"""
CREATE FUNCTION wangge.kpi_moved() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  PERFORM kpi_book(OLD.id, OLD.scope_area_id, OLD.category_id, OLD.exempt, -1);
  PERFORM kpi_book(NEW.id, NEW.scope_area_id, NEW.category_id, NEW.exempt, 1);
  RETURN NULL;
END $$
"""
MOVED_TRIGGER = """
CREATE TRIGGER kpi_moved AFTER UPDATE OF scope_area_id, category_id, exempt ON wangge.event FOR EACH ROW WHEN (
  (OLD.scope_area_id, OLD.category_id, OLD.exempt) IS DISTINCT FROM (NEW.scope_area_id, NEW.category_id, NEW.exempt)
)
EXECUTE FUNCTION wangge.kpi_moved()
"""
# What a run of a limit counts as, on the day it is due: done in time, done late, open, or late and exempt. A paused
# one, and one that ended without having been done, is nobody's to answer for.
CLOCK_MEASURE = """
CREATE FUNCTION wangge.kpi_clock_measure(
  stage text, due_at timestamptz, running_since timestamptz, stopped_at timestamptz, outcome text, exempt boolean
) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 100 + 10 * (array_position(
    '{total,accept,verify,file,dispatch,sign,handle,inspect,check}'::text[], stage) - 1)
    + CASE
        WHEN outcome = 'done' AND stopped_at <= due_at THEN 0
        WHEN outcome = 'done' THEN CASE WHEN exempt THEN 3 ELSE 1 END
        WHEN running_since IS NOT NULL THEN 2
      END
$$
"""
# Whose stage it is, is told when the clock starts: a case sent on later leaves this with the department that had it.
CLOCK_OWNER = f"""
CREATE FUNCTION wangge.kpi_clock_owner() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  NEW.department_id := NULL;
  IF NEW.stage IN ('sign', 'handle') THEN
    SELECT e.department_id INTO NEW.department_id FROM event AS e WHERE e.id = NEW.event_id;
  END IF;
  RETURN NEW;
END $$
"""
CLOCK_OWNER_TRIGGER = """
CREATE TRIGGER kpi_clock_owner BEFORE INSERT ON wangge.event_clock FOR EACH ROW
WHEN (NEW.stage = ANY ('{sign,handle}'::text[]) OR NEW.department_id IS NOT NULL) EXECUTE FUNCTION wangge.kpi_clock_owner()
"""
OF_CLOCK = f"""
CREATE FUNCTION wangge.kpi_of_clock() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)
    SELECT kpi_day(c.due_at), k.measure, e.scope_area_id, coalesce(c.department_id, 0), e.category_id, 1
    FROM added AS c
    JOIN event AS e ON e.id = c.event_id
    CROSS JOIN kpi_clock_measure(c.stage, c.due_at, c.running_since, c.stopped_at, c.outcome, e.exempt) AS k (measure)
    WHERE k.measure IS NOT NULL;
    RETURN NULL;
  END IF;
  INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)
  SELECT kpi_day(c.due_at), k.measure, e.scope_area_id, coalesce(c.department_id, 0), e.category_id, sum(c.sign)
  FROM (SELECT 1 AS sign, x.* FROM added AS x UNION ALL SELECT -1, x.* FROM removed AS x) AS c
  JOIN event AS e ON e.id = c.event_id
  CROSS JOIN kpi_clock_measure(c.stage, c.due_at, c.running_since, c.stopped_at, c.outcome, e.exempt) AS k (measure)
  WHERE k.measure IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.sign) <> 0;
  RETURN NULL;
END $$
"""
CLOCK_TRIGGERS = (
    "CREATE TRIGGER kpi_of_new_clock AFTER INSERT ON wangge.event_clock REFERENCING NEW TABLE AS added"
    " FOR EACH STATEMENT EXECUTE FUNCTION wangge.kpi_of_clock()",
    "CREATE TRIGGER kpi_of_clock AFTER UPDATE ON wangge.event_clock"
    " REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION wangge.kpi_of_clock()",
)
# Additions become sums: for the area and all above it, by day and by month; by department and by category a day has its
# sum for the area alone (above it there would be nearly as many sums as cases). One folder at a time; readers add what
# is not folded yet, so that folding changes no answer.
FOLD = f"""
CREATE FUNCTION wangge.kpi_fold(count int) RETURNS int LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  folded int;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('wangge.kpi_fold', 0)) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    DELETE FROM kpi_delta WHERE id IN (SELECT id FROM kpi_delta ORDER BY id LIMIT $1) RETURNING *
  ), summed AS (
    SELECT day, measure, area_id, department_id, category_id, sum(n) AS n FROM taken GROUP BY 1, 2, 3, 4, 5
  ), added AS (
    INSERT INTO kpi_cell (grain, cube, area_id, day, measure, department_id, category_id, n)
    SELECT g.grain, c.cube, up.id, CASE g.grain WHEN 'M' THEN date_trunc('month', s.day)::date ELSE s.day END,
      s.measure, CASE c.cube WHEN 2 THEN s.department_id ELSE 0 END, CASE c.cube WHEN 3 THEN s.category_id ELSE 0 END,
      sum(s.n)
    FROM summed AS s
    JOIN area AS a ON a.id = s.area_id
    CROSS JOIN unnest(a.path) AS up (id)
    CROSS JOIN (VALUES ('D'), ('M')) AS g (grain)
    CROSS JOIN (VALUES (1), (2), (3)) AS c (cube)
    WHERE (c.cube <> 2 OR s.department_id <> 0) AND (c.cube = 1 OR g.grain = 'M' OR up.id = s.area_id)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (grain, cube, area_id, day, measure, department_id, category_id) DO UPDATE SET n = kpi_cell.n + excluded.n
  )
  SELECT count(*) INTO folded FROM taken;
  RETURN folded;
END $$
"""
# What an area with all below it counts between two days (both included), told apart by area below, department or
# category. Whoever asks holds kpi.read in the area, or in the department asked for.
COUNTS = f"""
CREATE FUNCTION wangge.kpi_counts(area int, keys int[], first date, last date, by_what text, department int)
RETURNS TABLE (key int, measure smallint, n bigint) LANGUAGE plpgsql STABLE {ASKED} AS $$
#variable_conflict use_column
DECLARE
  month_from date := CASE WHEN first = date_trunc('month', first)::date THEN first
    ELSE (date_trunc('month', first) + interval '1 month')::date END;
  month_to date := date_trunc('month', last + 1)::date;
  which smallint := CASE WHEN by_what = 'category' THEN 3 WHEN by_what = 'department' OR $6 IS NOT NULL THEN 2 ELSE 1 END;
BEGIN
  IF NOT (maintains_or_covers_kpi($1, $6)) THEN
    RAISE EXCEPTION 'kpi_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF month_to < month_from THEN
    month_to := month_from;
  END IF;
  RETURN QUERY
  WITH rest (lo, hi) AS (
    VALUES (first, least(last, month_from - 1)), (greatest(first, month_to), last)
  ), cells AS (
    SELECT c.area_id, c.measure, c.department_id, c.category_id, c.n FROM kpi_cell AS c
    WHERE c.cube = which AND c.area_id = ANY($2) AND c.grain = 'M' AND c.day >= month_from AND c.day < month_to
    UNION ALL
    SELECT c.area_id, c.measure, c.department_id, c.category_id, c.n
    FROM rest AS r JOIN kpi_cell AS c ON c.grain = 'D' AND c.cube = 1 AND c.area_id = ANY($2) AND c.day BETWEEN r.lo AND r.hi
    WHERE which = 1
    UNION ALL
    SELECT up.id, c.measure, c.department_id, c.category_id, c.n
    FROM rest AS r CROSS JOIN area AS a CROSS JOIN unnest(a.path) AS up (id)
    JOIN kpi_cell AS c ON c.grain = 'D' AND c.cube = which AND c.area_id = a.id AND c.day BETWEEN r.lo AND r.hi
    WHERE which <> 1 AND a.path && $2 AND up.id = ANY($2)
    UNION ALL
    SELECT up.id, d.measure, d.department_id, d.category_id, d.n
    FROM kpi_delta AS d JOIN area AS a ON a.id = d.area_id CROSS JOIN unnest(a.path) AS up (id)
    WHERE up.id = ANY($2) AND d.day BETWEEN first AND last AND (which <> 2 OR d.department_id <> 0)
  )
  SELECT CASE by_what WHEN 'department' THEN c.department_id WHEN 'category' THEN c.category_id ELSE c.area_id END,
    c.measure, sum(c.n)::bigint
  FROM cells AS c WHERE $6 IS NULL OR c.department_id = $6
  GROUP BY 1, 2 HAVING sum(c.n) <> 0;
END $$
"""
ALLOWED = f"""
CREATE FUNCTION wangge.maintains_or_covers_kpi(area int, department int) RETURNS boolean LANGUAGE sql STABLE {OWNER} AS $$
  SELECT coalesce(current_setting('wangge.maintenance', true) = 'on', false) OR covers('kpi.read', area) OR EXISTS (
    SELECT FROM department AS d WHERE d.id = $2 AND d.path && scope_departments('kpi.read')
  )
$$
"""


def _delta() -> None:
    op.create_table(
        "kpi_delta",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.SmallInteger(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_delta")),
        schema="wangge",
    )


def _cell() -> None:
    op.create_table(
        "kpi_cell",
        sa.Column("grain", sa.String(length=1), nullable=False),
        sa.Column("cube", sa.SmallInteger(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.SmallInteger(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "grain", "cube", "area_id", "day", "measure", "department_id", "category_id",
            name=op.f("pk_kpi_cell"),
        ),
        schema="wangge",
    )  # fmt: skip


# Open runs that are not due yet at `now`, of a period that ends on `last`: running (在办), not overdue.
RUNNING = f"""
CREATE FUNCTION wangge.kpi_running(area int, keys int[], last date, by_what text, department int, now timestamptz)
RETURNS TABLE (key int, stage text, n bigint) LANGUAGE plpgsql STABLE {ASKED} AS $$
#variable_conflict use_column
BEGIN
  IF NOT (maintains_or_covers_kpi($1, $5)) THEN
    RAISE EXCEPTION 'kpi_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT CASE by_what WHEN 'department' THEN c.department_id WHEN 'category' THEN e.category_id ELSE up.id END,
    c.stage::text, count(*)
  FROM event_clock AS c
  JOIN event AS e ON e.id = c.event_id
  CROSS JOIN unnest(e.scope_path) AS up (id)
  WHERE c.running_since IS NOT NULL AND c.due_at > $6 AND c.due_at < (last + 1) AT TIME ZONE 'Asia/Shanghai'
    AND up.id = ANY($2) AND ($5 IS NULL OR c.department_id = $5)
    AND (by_what <> 'department' OR c.department_id IS NOT NULL)
  GROUP BY 1, 2;
END $$
"""


FUNCTIONS = (
    "kpi_running(int, int[], date, text, int, timestamptz)",
    "kpi_counts(int, int[], date, date, text, int)",
    "maintains_or_covers_kpi(int, int)",
    "kpi_fold(int)",
    "kpi_book(uuid, int, int, boolean, int)",
    "kpi_clock_measure(text, timestamptz, timestamptz, timestamptz, text, boolean)",
    "kpi_changes(uuid, int, smallint)",
    "kpi_measures(text, text)",
)


TRIGGERED = ("kpi_of_log()", "kpi_moved()", "kpi_clock_owner()", "kpi_of_clock()")


def upgrade() -> None:
    _delta()
    _cell()
    for table in ("kpi_delta", "kpi_cell"):
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER"
            f" USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
        )
    op.add_column("event_clock", sa.Column("department_id", sa.Integer(), nullable=True), schema="wangge")
    op.create_index(
        "ix_event_clock_running", "event_clock", ["due_at"], unique=False, schema="wangge",
        postgresql_where=sa.text("running_since IS NOT NULL"),
    )  # fmt: skip
    for statement in (
        *(
            ACTIONS,
            CHANGES,
            CLOCK_MEASURE,
            OF_LOG,
            LOG_TRIGGER,
            BOOK,
            MOVED,
            MOVED_TRIGGER,
            CLOCK_OWNER,
        ),
        *(CLOCK_OWNER_TRIGGER, OF_CLOCK, *CLOCK_TRIGGERS, FOLD, ALLOWED, COUNTS, RUNNING),
    ):
        op.execute(statement)
    for function in (*FUNCTIONS, *TRIGGERED):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    for function in FUNCTIONS[:2]:
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO wangge_api")


def downgrade() -> None:
    for trigger in ("kpi_of_clock", "kpi_of_new_clock", "kpi_clock_owner"):
        op.execute(f"DROP TRIGGER {trigger} ON wangge.event_clock")
    op.execute("DROP TRIGGER kpi_moved ON wangge.event")
    op.execute("DROP TRIGGER kpi_of_log ON wangge.event_log")
    for function in (*FUNCTIONS, *TRIGGERED):
        op.execute(f"DROP FUNCTION wangge.{function}")
    op.drop_index("ix_event_clock_running", "event_clock", schema="wangge")
    op.drop_column("event_clock", "department_id", schema="wangge")
    op.drop_table("kpi_cell", schema="wangge")
    op.drop_table("kpi_delta", schema="wangge")
