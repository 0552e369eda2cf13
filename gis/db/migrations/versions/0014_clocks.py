"""The clocks of events: they begin with the event, and tell when they are due and when something is next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014b"
down_revision = "0014a"
branch_labels = None
depends_on = None

API = "wangge_api"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
MAINTAINS = "(SELECT wangge.maintains())"
OF_EVENT = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
TIME = sa.DateTime(timezone=True)

# The limit of a stage: of handling the filing standard's, else the city's own, else the workflow's.
LIMIT = """
CREATE FUNCTION wangge.clock_limit(
  calendar int, workflow int, status text, stage text, urgency text, standard int,
  OUT kind text, OUT value numeric, OUT source text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  IF clock_limit.stage = 'handle' AND standard IS NOT NULL THEN
    SELECT s.limit_kind, s.limit_value::numeric, 'standard' INTO kind, value, source
    FROM wangge.filing_standard AS s WHERE s.id = standard;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;
  SELECT l.kind, l.value, 'calendar' INTO kind, value, source
  FROM wangge.calendar_limit AS l LEFT JOIN wangge.workflow AS w ON w.id = clock_limit.workflow
  WHERE l.calendar_id = calendar AND l.stage = clock_limit.stage AND l.workflow IN ('', w.code)
    AND l.urgency IN ('', clock_limit.urgency)
  ORDER BY l.workflow = '', l.urgency = '' LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;
  SELECT s.limit_kind, s.limit_value::numeric, 'workflow' INTO kind, value, source
  FROM wangge.workflow_state AS s
  WHERE s.workflow_id = clock_limit.workflow AND s.stage = clock_limit.stage
  ORDER BY s.status = clock_limit.status DESC, s.position LIMIT 1;
END $$
"""
# The next mark, in per cent of the limit, and when it is reached; a mark that lies behind is reached at once.
NEXT = """
CREATE FUNCTION wangge.clock_next(c wangge.event_clock) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE
    WHEN c.running_since IS NULL OR c.warned >= 300 THEN NULL
    WHEN c.stage = 'suspend' THEN c.due_at
    WHEN c.warned = 80 THEN c.due_at
    ELSE wangge.clock_add(c.calendar_id, c.kind, c.running_since, c.value * (1 + c.extended) * CASE
      WHEN c.warned < 50 THEN 0.5 WHEN c.warned < 80 THEN 0.8 WHEN c.warned < 200 THEN 2 ELSE 3 END - c.used)
  END;
END $$
"""
DUE = """
CREATE FUNCTION wangge.clock_due(c wangge.event_clock) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN wangge.clock_add(c.calendar_id, c.kind, c.running_since, c.value * (1 + c.extended) - c.used);
END $$
"""
# When it is said to be due, and what is to be done next, after anything about it has changed.
SETTLE = """
CREATE FUNCTION wangge.clock_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.running_since IS NOT NULL THEN
    IF NEW.stage <> 'suspend' THEN
      NEW.due_at := coalesce(wangge.clock_due(NEW), NEW.due_at);
    END IF;
    NEW.next_at := coalesce(wangge.clock_next(NEW), CASE WHEN NEW.warned < 300 THEN NEW.due_at END);
    NEW.provisional := NEW.kind IN ('work_hour', 'work_day') AND coalesce((
      SELECT (NEW.due_at AT TIME ZONE 'Asia/Shanghai')::date > k.known_to
        OR (NEW.started_at AT TIME ZONE 'Asia/Shanghai')::date < k.known_from
      FROM wangge.calendar AS k WHERE k.id = NEW.calendar_id), true);
  ELSE
    NEW.next_at := NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.first_due_at := NEW.due_at;
  END IF;
  RETURN NEW;
END $$
"""
SETTLE_TRIGGER = """
CREATE TRIGGER clock_settled BEFORE UPDATE ON wangge.event_clock FOR EACH ROW
EXECUTE FUNCTION wangge.clock_settled();
CREATE TRIGGER clock_settled_new BEFORE INSERT ON wangge.event_clock FOR EACH ROW WHEN (NEW.first_due_at IS NULL)
EXECUTE FUNCTION wangge.clock_settled()
"""
# What an event opens with, in one look: the whole and the stage it opens in, as `clock_limit` has them.
OPENING = """
CREATE FUNCTION wangge.opening_limits(calendar int, workflow int, status text, urgency text)
RETURNS TABLE (calendar_id int, known_to date, stage text, kind text, value numeric, source text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT c.id, c.known_to, s.stage, coalesce(l.kind, s.limit_kind)::text, coalesce(l.value, s.limit_value::numeric),
    CASE WHEN l.kind IS NULL THEN 'workflow' ELSE 'calendar' END
  FROM wangge.calendar AS c
  CROSS JOIN wangge.workflow AS w
  CROSS JOIN LATERAL (
    SELECT 'total'::text AS stage, NULL::text AS limit_kind, NULL::float8 AS limit_value
    UNION ALL
    SELECT x.stage::text, x.limit_kind::text, x.limit_value FROM wangge.workflow_state AS x
    WHERE x.workflow_id = w.id AND x.status = $3 AND x.stage IS NOT NULL
  ) AS s
  LEFT JOIN LATERAL (
    SELECT x.kind, x.value FROM wangge.calendar_limit AS x
    WHERE x.calendar_id = c.id AND x.stage = s.stage AND x.workflow IN ('', w.code) AND x.urgency IN ('', $4)
    ORDER BY x.workflow = '', x.urgency = '' LIMIT 1
  ) AS l ON true
  WHERE c.id = $1 AND w.id = $2 AND coalesce(l.kind, s.limit_kind) IS NOT NULL;
END $$
"""
# The clocks an event opens with: when each is due, and when half of it is over. None beyond what is made out.
OPENING_CLOCKS = """
CREATE FUNCTION wangge.opening_clocks(calendar int, workflow int, status text, urgency text, opened_at timestamptz)
RETURNS TABLE (
  stage text, kind text, value numeric, source text, calendar_id int, provisional boolean, due_at timestamptz,
  half_at timestamptz
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  l record;
  marks timestamptz[];
BEGIN
  FOR l IN SELECT * FROM wangge.opening_limits($1, $2, $3, $4) LOOP
    stage := l.stage;
    kind := l.kind;
    value := l.value;
    source := l.source;
    calendar_id := l.calendar_id;
    provisional := kind IN ('work_hour', 'work_day');
    IF provisional THEN
      marks := wangge.work_add(calendar_id, kind, $5, ARRAY[value, value / 2]);
      provisional := coalesce((marks[1] AT TIME ZONE 'Asia/Shanghai')::date > l.known_to, true);
    ELSE
      marks := ARRAY[
        wangge.clock_add(calendar_id, kind, $5, value), wangge.clock_add(calendar_id, kind, $5, value / 2)];
    END IF;
    due_at := marks[1];
    half_at := coalesce(marks[2], due_at);
    IF due_at IS NOT NULL THEN
      RETURN NEXT;
    END IF;
  END LOOP;
END $$
"""
# What an event promises when it opens; one that comes from long ago promises nothing, its limits are not known.
# (As the owner, like what opens the clocks: a kept plan serves one search path alone.)
PROMISED = f"""
CREATE FUNCTION wangge.event_promised() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  c record;
BEGIN
  IF NEW.opened_at < clock_timestamp() - interval '1 hour' AND NEW.opened_at < wangge.workflow_now() - interval '1 hour' THEN
    RETURN NEW;
  END IF;
  FOR c IN
    SELECT * FROM opening_clocks(
      calendar_for(NEW.scope_area_id), NEW.workflow_id, NEW.status, NEW.urgency, NEW.opened_at)
  LOOP
    IF c.stage = 'total' THEN
      NEW.promised_at := c.due_at;
    ELSE
      NEW.due_at := c.due_at;
    END IF;
  END LOOP;
  RETURN NEW;
END $$
"""
PROMISED_TRIGGER = """
CREATE TRIGGER event_promised BEFORE INSERT ON wangge.event FOR EACH ROW
WHEN (NEW.status = 'reported' AND NEW.promised_at IS NULL) EXECUTE FUNCTION wangge.event_promised()
"""
# A report brings the clocks of its event along (revision 0022): it is asked first whether there is anything to do.
OPENED = f"""
CREATE FUNCTION wangge.open_clocks() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  IF EXISTS (
    SELECT FROM opened AS o WHERE o.promised_at IS NOT NULL AND o.status = 'reported'
      AND NOT EXISTS (SELECT FROM event_clock AS c WHERE c.event_id = o.id)
  ) THEN
    INSERT INTO event_clock (
      event_id, round, stage, kind, value, source, calendar_id, provisional, started_at, running_since, first_due_at,
      due_at, next_at
    )
    SELECT o.id, o.round, l.stage, l.kind, l.value, l.source, l.calendar_id, l.provisional, o.opened_at, o.opened_at,
      d.due_at, d.due_at, l.half_at
    FROM opened AS o
    CROSS JOIN LATERAL opening_clocks(
      calendar_for(o.scope_area_id), o.workflow_id, o.status, o.urgency, o.opened_at) AS l
    CROSS JOIN LATERAL (SELECT CASE l.stage WHEN 'total' THEN o.promised_at ELSE o.due_at END AS due_at) AS d
    WHERE o.promised_at IS NOT NULL AND o.status = 'reported' AND d.due_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM event_clock AS c WHERE c.event_id = o.id);
  END IF;
  RETURN NULL;
END $$
"""
OPENED_TRIGGER = """
CREATE TRIGGER open_clocks AFTER INSERT ON wangge.event REFERENCING NEW TABLE AS opened FOR EACH STATEMENT
EXECUTE FUNCTION wangge.open_clocks()
"""
STATEMENTS = (
    LIMIT,
    DUE,
    NEXT,
    SETTLE,
    SETTLE_TRIGGER,
    OPENING,
    OPENING_CLOCKS,
    PROMISED,
    PROMISED_TRIGGER,
    OPENED,
    OPENED_TRIGGER,
)
CALLED = (
    "event_promised()", "opening_limits(int, int, text, text)", "clock_limit(int, int, text, text, text, int)", "clock_due(wangge.event_clock)",
    "clock_next(wangge.event_clock)",
)  # fmt: skip
INNER = ("open_clocks()", "clock_settled()", "opening_clocks(int, int, text, text, timestamptz)")


def _clock() -> None:
    op.create_table(
        "event_clock",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("extended", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("extended_seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("running_since", TIME, nullable=True),
        sa.Column("first_due_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("used", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("paused_until", TIME, nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("paused_total", sa.Interval(), server_default=sa.text("'0'::interval"), nullable=False),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("warned", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.CheckConstraint(
            "kind = ANY ('{urgent_hour,work_hour,work_day,natural_day}'::text[])",
            name=op.f("ck_event_clock_kind"),
        ),
        sa.CheckConstraint("stage ~ '^[a-z_]+$'", name=op.f("ck_event_clock_stage")),
        sa.CheckConstraint("value > 0 AND extended >= 0 AND used >= 0", name=op.f("ck_event_clock_value")),
        sa.CheckConstraint("outcome = ANY ('{done,ended}'::text[])", name=op.f("ck_event_clock_outcome")),
        sa.CheckConstraint("(stopped_at IS NULL) = (outcome IS NULL)", name=op.f("ck_event_clock_stopped")),
        sa.CheckConstraint(
            "num_nonnulls(running_since, paused_at, stopped_at) = 1", name=op.f("ck_event_clock_one_state")
        ),
        sa.CheckConstraint(
            "next_at IS NULL OR running_since IS NOT NULL", name=op.f("ck_event_clock_next_while_running")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["wangge.calendar.id"], name=op.f("fk_event_clock_calendar_id_calendar")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["wangge.event.id"],
            name=op.f("fk_event_clock_event_id_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_clock")),
        sa.UniqueConstraint(
            "event_id", "round", "stage", "turn", name=op.f("uq_event_clock_event_id_round_stage_turn")
        ),
        schema="wangge",
    )
    op.create_index(
        "uq_event_clock_open", "event_clock", ["event_id", "stage"], unique=True, schema="wangge",
        postgresql_where=sa.text("stopped_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_event_clock_next_at", "event_clock", ["next_at"], unique=False, schema="wangge",
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )  # fmt: skip


def upgrade() -> None:
    _clock()
    op.execute("ALTER TABLE wangge.event_clock ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY maintenance ON wangge.event_clock TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
    )
    op.execute(f"GRANT SELECT ON wangge.event_clock TO {API}")
    op.execute(f"CREATE POLICY event_clock_read ON wangge.event_clock FOR SELECT TO {API} USING ({OF_EVENT})")
    for statement in STATEMENTS:
        op.execute(statement)
    for function in (*CALLED, *INNER):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    for function in CALLED:
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")


def downgrade() -> None:
    op.execute("DROP TRIGGER open_clocks ON wangge.event")
    op.execute("DROP TRIGGER event_promised ON wangge.event")
    for trigger in ("clock_settled", "clock_settled_new"):
        op.execute(f"DROP TRIGGER {trigger} ON wangge.event_clock")
    for function in (*INNER, *CALLED):
        op.execute(f"DROP FUNCTION wangge.{function}")
    op.drop_table("event_clock", schema="wangge")
