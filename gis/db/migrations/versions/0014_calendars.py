"""Calendars of working time: rules by city and version, made out day by day, and the arithmetic of limits on them.

The first one is the country's: holidays and make-up days as the library of this installation knows them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gis.base.worktime_calendar import DEFAULT_SESSIONS, WEEK
from gis.base.worktime_china import library_source, national_days, national_years

revision = "0014a"
down_revision = "0013"
branch_labels = None
depends_on = None

API = "wangge_api"
TABLES = ("calendar", "calendar_schedule", "calendar_day", "calendar_limit", "calendar_session")
KINDS = "kind IN ('urgent_hour', 'work_hour', 'work_day', 'natural_day')"
# Limits of the project, not of a standard; those of the hotline after the feedback limits of Beijing's draft of 2021.
LIMITS = (
    ("", "", "total", "natural_day", 15),
    ("urban", "", "total", "work_day", 7),
    ("grid", "", "total", "work_day", 7),
    ("hotline", "", "total", "natural_day", 15),
    ("hotline", "urgent", "handle", "urgent_hour", 24),
    ("hotline", "emergency", "handle", "urgent_hour", 2),
    ("", "emergency", "total", "natural_day", 2),
)
# A calendar made out: every session from 2020 to 2040 with the work before it. Days count from the first worked one.
# The hours of a day are looked up once (MATERIALIZED): put in where they are used, each use looks them up again.
MAKE_OUT = """
CREATE FUNCTION wangge.make_out_calendar(calendar int) RETURNS int LANGUAGE sql VOLATILE AS $$
  WITH hours AS MATERIALIZED (
    SELECT d::date AS day, coalesce(own.sessions, (
      SELECT s.sessions FROM wangge.calendar_schedule AS s
      WHERE s.calendar_id = c.id AND (s.valid_from IS NULL OR s.valid_from <= d) AND (s.valid_to IS NULL OR d <= s.valid_to)
      ORDER BY s.valid_from DESC NULLS LAST LIMIT 1
    )) AS sessions
    FROM wangge.calendar AS c
    CROSS JOIN generate_series(timestamp '2020-01-01', timestamp '2040-12-31', interval '1 day') AS d
    LEFT JOIN wangge.calendar_day AS own ON own.calendar_id = c.id AND own.day = d::date
    WHERE c.id = $1 AND coalesce(own.works, c.week[extract(isodow FROM d)::int])
  ), session AS (
    SELECT
      day, (day + sessions[i] * interval '1 minute') AT TIME ZONE 'Asia/Shanghai' AS begins,
      (sessions[i + 1] - sessions[i]) * 60000000::bigint AS length_us
    FROM hours, generate_series(1, cardinality(sessions), 2) AS i
  ), counted AS (
    SELECT
      day, begins, length_us, sum(length_us) OVER (ORDER BY begins) - length_us AS before_us,
      dense_rank() OVER (ORDER BY day) - 1 AS day_no, sum(length_us) OVER (PARTITION BY day) AS day_us
    FROM session
  ), made AS (
    INSERT INTO wangge.calendar_session (calendar_id, begins, length_us, before_us, day_no, day_us, day_before_us)
    SELECT $1, begins, length_us, before_us, day_no, day_us, min(before_us) OVER (PARTITION BY day) FROM counted
    RETURNING 1
  )
  SELECT count(*)::int FROM made
$$
"""
# The functions that every report asks are plpgsql, which keeps its plans; a bare SQL function plans at each call.
WORK_AT = """
CREATE FUNCTION wangge.work_at(calendar int, moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT s.before_us + least(s.length_us, (extract(epoch FROM $2 - s.begins) * 1000000)::bigint)
    FROM wangge.calendar_session AS s WHERE s.calendar_id = $1 AND s.begins <= $2 ORDER BY s.begins DESC LIMIT 1
  );
END $$
"""
# The first instant at which so much was worked: the end of a day, never the beginning of the next.
AT_WORK = """
CREATE FUNCTION wangge.at_work(calendar int, work bigint) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT CASE WHEN $2 - s.before_us <= s.length_us THEN s.begins + ($2 - s.before_us) * interval '1 microsecond' END
    FROM wangge.calendar_session AS s WHERE s.calendar_id = $1 AND s.before_us < $2 ORDER BY s.before_us DESC LIMIT 1
  );
END $$
"""
# As gis.base.worktime: a work day is what is worked on it, every minute an equal part.
WORK_DAY_AT = """
CREATE FUNCTION wangge.work_day_at(calendar int, moment timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  work bigint := wangge.work_at(calendar, moment);
BEGIN
  RETURN (
    SELECT s.day_no + (work - s.day_before_us)::numeric / s.day_us FROM wangge.calendar_session AS s
    WHERE s.calendar_id = $1 AND s.before_us <= work ORDER BY s.before_us DESC LIMIT 1
  );
END $$
"""
# When so much is worked from a moment on, for several amounts at once; null beyond what is made out. Every minute of a
# work day is an equal part of it. A thousandth of a microsecond is a rounding.
WORK_ADD = """
CREATE FUNCTION wangge.work_add(calendar int, kind text, moment timestamptz, amounts numeric[])
RETURNS timestamptz[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  here record;
  there record;
  amount numeric;
  reach numeric;
  work bigint;
  reached timestamptz[];
BEGIN
  SELECT s.day_no, s.day_before_us, s.day_us,
    s.before_us + least(s.length_us, (extract(epoch FROM $3 - s.begins) * 1000000)::bigint) AS work
  INTO here FROM wangge.calendar_session AS s
  WHERE s.calendar_id = $1 AND s.begins <= $3 ORDER BY s.begins DESC LIMIT 1;
  FOREACH amount IN ARRAY amounts LOOP
    IF kind = 'work_hour' THEN
      work := here.work + ceil(amount * 3600000000 - 0.001)::bigint;
    ELSE
      reach := here.day_no + (here.work - here.day_before_us)::numeric / here.day_us + amount;
      SELECT s.day_before_us, s.day_us INTO there FROM wangge.calendar_session AS s
      WHERE s.calendar_id = $1 AND s.day_no = floor(reach)::int LIMIT 1;
      work := there.day_before_us + ceil((reach - floor(reach)) * there.day_us - 0.001)::bigint;
    END IF;
    reached := array_append(reached, wangge.at_work(calendar, work));
  END LOOP;
  RETURN reached;
END $$
"""
# Nothing more is the moment itself; null beyond what is made out.
CLOCK_ADD = """
CREATE FUNCTION wangge.clock_add(calendar int, kind text, moment timestamptz, amount numeric)
RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF amount <= 0 THEN
    RETURN moment;
  END IF;
  CASE kind
    WHEN 'urgent_hour' THEN RETURN moment + ceil(amount * 3600000000 - 0.001)::bigint * interval '1 microsecond';
    WHEN 'natural_day' THEN RETURN moment + ceil(amount * 86400000000 - 0.001)::bigint * interval '1 microsecond';
    WHEN 'work_hour', 'work_day' THEN RETURN (wangge.work_add(calendar, kind, moment, ARRAY[amount]))[1];
    ELSE RETURN NULL;
  END CASE;
END $$
"""
CLOCK_ELAPSED = """
CREATE FUNCTION wangge.clock_elapsed(calendar int, kind text, started timestamptz, ended timestamptz)
RETURNS numeric LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE kind
    WHEN 'urgent_hour' THEN extract(epoch FROM ended - started) / 3600
    WHEN 'natural_day' THEN extract(epoch FROM ended - started) / 86400
    WHEN 'work_hour' THEN (wangge.work_at(calendar, ended) - wangge.work_at(calendar, started))::numeric / 3600000000
    WHEN 'work_day' THEN wangge.work_day_at(calendar, ended) - wangge.work_day_at(calendar, started)
  END;
END $$
"""
# The calendar of the nearest city whose code the area's begins with.
CALENDAR_FOR = """
CREATE FUNCTION wangge.calendar_for(area int) RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (
    SELECT c.id FROM wangge.area AS a JOIN wangge.calendar AS c ON starts_with(a.code, c.city)
    WHERE a.id = $1 AND c.ended_at IS NULL ORDER BY length(c.city) DESC LIMIT 1
  );
END $$
"""
# The only way in which the web edge adds a version: within the scope of rules.edit (0015), on record.
PUT = """
CREATE FUNCTION wangge.put_calendar(given jsonb) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
DECLARE
  city_ text := coalesce(given ->> 'city', '');
  before_ calendar;
  made int;
BEGIN
  IF NOT rules_held(city_) THEN
    RAISE EXCEPTION 'rules_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('calendar', 0));
  SELECT * INTO before_ FROM calendar AS c WHERE c.code = given ->> 'code' ORDER BY c.version DESC LIMIT 1;
  IF coalesce(before_.version, 0) <> (given ->> 'based_on')::int THEN
    RAISE EXCEPTION 'calendar_stale:%', coalesce(before_.version, 0) USING ERRCODE = 'WG412';
  END IF;
  IF before_.id IS NOT NULL AND before_.city <> city_ OR EXISTS (
    SELECT FROM calendar AS c WHERE c.city = city_ AND c.ended_at IS NULL AND c.code <> given ->> 'code'
  ) THEN
    RAISE EXCEPTION 'calendar_city: a city has one calendar, and a calendar one city' USING ERRCODE = 'WG409';
  END IF;
  UPDATE calendar AS c SET ended_at = now() WHERE c.code = given ->> 'code' AND c.ended_at IS NULL;
  INSERT INTO calendar (code, version, city, name_zh, name_en, week, known_from, known_to, rework, source)
  SELECT given ->> 'code', (given ->> 'based_on')::int + 1, city_, given ->> 'name_zh', given ->> 'name_en', g.week,
    g.known_from, g.known_to, given ->> 'rework', given ->> 'source'
  FROM jsonb_to_record(given) AS g (week boolean[], known_from date, known_to date)
  RETURNING id INTO made;
  INSERT INTO calendar_schedule (calendar_id, valid_from, valid_to, sessions)
  SELECT made, s.* FROM jsonb_to_recordset(given -> 'schedules') AS s (valid_from date, valid_to date, sessions int2[]);
  INSERT INTO calendar_day (calendar_id, day, works, sessions, name, source)
  SELECT made, d.* FROM jsonb_to_recordset(given -> 'days')
    AS d (day date, works boolean, sessions int2[], name text, source text);
  INSERT INTO calendar_limit (calendar_id, workflow, urgency, stage, kind, value)
  SELECT made, l.* FROM jsonb_to_recordset(given -> 'limits')
    AS l (workflow text, urgency text, stage text, kind text, value numeric);
  PERFORM make_out_calendar(made);
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  VALUES ((SELECT a.id FROM area AS a WHERE a.code = city_ AND a.valid_to IS NULL), 'calendar.put', 'calendar',
    given ->> 'code', jsonb_build_object('city', city_, 'version', (given ->> 'based_on')::int + 1));
  RETURN made;
END $$
"""
KEEP = """
CREATE FUNCTION wangge.calendar_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'calendars are not changed, only followed by others' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
CALLED = (
    "put_calendar(jsonb)", "calendar_for(int)", "clock_elapsed(int, text, timestamptz, timestamptz)",
    "clock_add(int, text, timestamptz, numeric)", "work_add(int, text, timestamptz, numeric[])", "work_day_at(int, timestamptz)", "at_work(int, bigint)",
    "work_at(int, timestamptz)",
)  # fmt: skip
INNER = ("make_out_calendar(int)", "calendar_keep()")


def _calendar() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("city", sa.String(length=15), server_default="", nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("week", postgresql.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("known_from", sa.Date(), nullable=True),
        sa.Column("known_to", sa.Date(), nullable=True),
        sa.Column("rework", sa.String(length=8), server_default="restart", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cardinality(week) = 7 AND true = ANY(week)", name=op.f("ck_calendar_week")),
        sa.CheckConstraint("rework IN ('restart', 'continue')", name=op.f("ck_calendar_rework")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_calendar_code_version")),
        schema="wangge",
    )
    for name, column in (("uq_calendar_current", "code"), ("uq_calendar_city", "city")):
        op.create_index(
            name, "calendar", [column], unique=True, schema="wangge", postgresql_where=sa.text("ended_at IS NULL")
        )  # fmt: skip


def _of_calendar(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["calendar_id"], ["wangge.calendar.id"], name=op.f(f"fk_{name}_calendar_id_calendar")
    )


def _rules() -> None:
    op.create_table(
        "calendar_schedule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sessions", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        _of_calendar("calendar_schedule"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_schedule")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_calendar_schedule_calendar_id"),
        "calendar_schedule",
        ["calendar_id"],
        unique=False,
        schema="wangge",
    )
    op.create_table(
        "calendar_day",
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("sessions", postgresql.ARRAY(sa.SmallInteger()), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        _of_calendar("calendar_day"),
        sa.PrimaryKeyConstraint("calendar_id", "day", name=op.f("pk_calendar_day")),
        schema="wangge",
    )
    op.create_table(
        "calendar_limit",
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("workflow", sa.String(length=24), server_default="", nullable=False),
        sa.Column("urgency", sa.String(length=16), server_default="", nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_calendar_limit_kind")),
        sa.CheckConstraint("value > 0 AND value <= 3660", name=op.f("ck_calendar_limit_value")),
        sa.CheckConstraint("stage ~ '^[a-z_]+$'", name=op.f("ck_calendar_limit_stage")),
        _of_calendar("calendar_limit"),
        sa.PrimaryKeyConstraint(
            "calendar_id", "workflow", "urgency", "stage", name=op.f("pk_calendar_limit")
        ),
        schema="wangge",
    )


def _session() -> None:
    counts = ("length_us", "before_us", "day_us", "day_before_us")
    op.create_table(
        "calendar_session",
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts[:2]),
        sa.Column("day_no", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts[2:]),
        _of_calendar("calendar_session"),
        sa.PrimaryKeyConstraint("calendar_id", "begins", name=op.f("pk_calendar_session")),
        schema="wangge",
    )
    op.create_index(
        "uq_calendar_session_before", "calendar_session", ["calendar_id", "before_us"], unique=True, schema="wangge"
    )  # fmt: skip
    op.create_index(
        "ix_calendar_session_day", "calendar_session", ["calendar_id", "day_no"], unique=False, schema="wangge"
    )  # fmt: skip


def _national() -> None:
    """The country's calendar and the limits of the project."""
    run, (first, last) = op.get_bind(), national_years()
    made = run.scalar(
        sa.text(
            "INSERT INTO wangge.calendar (code, version, name_zh, name_en, week, known_from, known_to, source)"
            " VALUES ('cn', 1, '全国', 'the whole country', :week, :first, :last, :source) RETURNING id"
        ),
        {"week": list(WEEK), "first": first, "last": last, "source": library_source()},
    )
    run.execute(
        sa.text("INSERT INTO wangge.calendar_schedule (calendar_id, sessions) VALUES (:id, cast(:sessions AS int2[]))"),
        {"id": made, "sessions": [minute for session in DEFAULT_SESSIONS for minute in session]},
    )  # fmt: skip
    run.execute(
        sa.text(
            "INSERT INTO wangge.calendar_day (calendar_id, day, works, name, source)"
            " VALUES (:id, :day, :works, :name, :source)"
        ),
        [
            {"id": made, "day": one.day, "works": one.works, "name": one.name, "source": one.source}
            for one in national_days()
        ],
    )
    run.execute(
        sa.text("INSERT INTO wangge.calendar_limit VALUES (:id, :workflow, :urgency, :stage, :kind, :value)"),
        [
            dict(zip(("workflow", "urgency", "stage", "kind", "value"), one, strict=True), id=made)
            for one in LIMITS
        ],
    )
    run.execute(sa.text("SELECT wangge.make_out_calendar(:id)"), {"id": made})


def upgrade() -> None:
    _calendar()
    _rules()
    _session()
    for statement in (
        MAKE_OUT, WORK_AT, AT_WORK, WORK_DAY_AT, WORK_ADD, CLOCK_ADD, CLOCK_ELAPSED, CALENDAR_FOR, PUT, KEEP,
    ):  # fmt: skip
        op.execute(statement)
    _national()
    for table in TABLES:
        changes = "DELETE OR TRUNCATE" + (
            " OR UPDATE" if table != "calendar" else " OR UPDATE OF id, code, city, week"
        )
        op.execute(
            f"CREATE TRIGGER calendar_keep BEFORE {changes} ON wangge.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION wangge.calendar_keep()"
        )
    op.execute(f"GRANT SELECT ON {', '.join(f'wangge.{table}' for table in TABLES)} TO {API}")
    for function in (*CALLED, *INNER):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    for function in CALLED:
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="wangge")
    for function in (*CALLED, *INNER):
        op.execute(f"DROP FUNCTION wangge.{function}")
