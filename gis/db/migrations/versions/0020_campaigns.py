"""Campaigns (专项行动): buildings to visit, doors knocked on, problems registered and solved. No name of a resident."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020c"
down_revision = "0020e"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
TIME = sa.DateTime(timezone=True)
NOW = sa.text("now()")
TABLES = ("campaign", "campaign_target", "campaign_visit", "campaign_problem")

# Whoever handles matters on the spot in an area knocks on its doors. A campaign is of an area, not of a category: a role
# bounded to categories is bounded in the matters it handles, not in the doors.
WORKS = """
CREATE FUNCTION wangge.works_in(area int) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT wangge.covers('events.self_handle', $1) OR EXISTS (
    SELECT FROM wangge.area AS a JOIN wangge.scope_limited('events.self_handle') AS l ON l.area_id = ANY(a.path)
    WHERE a.id = $1
  )
$$
"""
# Whoever manages campaigns in the area, works there or answers for its indicators sees a campaign.
SEES = """
CREATE FUNCTION wangge.sees_campaign(area int) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT wangge.covers('campaigns.manage', area) OR wangge.covers('kpi.read', area) OR EXISTS (
    SELECT FROM wangge.area AS below WHERE below.path && ARRAY[area] AND below.valid_to IS NULL
      AND (below.path && ARRAY(SELECT unnest(wangge.scope_areas('events.self_handle'))) OR below.path && ARRAY(
        SELECT l.area_id FROM wangge.scope_limited('events.self_handle') AS l))
  )
$$
"""
# The targets of a campaign are the inhabited buildings of its area, or those named; households as registered now.
# Whoever sends the same again gets the same answer; something else under the id is refused without a word of it.
OPEN = f"""
CREATE FUNCTION wangge.open_campaign(id uuid, kind text, name text, area int, begins date, ends date, buildings text[])
RETURNS TABLE (targets int, replay boolean) LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  made int;
  kept text[];
BEGIN
  IF NOT covers('campaigns.manage', $4) THEN
    RAISE EXCEPTION 'outside_scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO campaign (id, kind, name, area_id, begins, ends, named, created_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7 IS NOT NULL, account_id()) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    kept := ARRAY(SELECT b.code::text FROM campaign_target AS t JOIN building AS b ON b.id = t.building_id
      WHERE t.campaign_id = $1);
    IF NOT EXISTS (
      SELECT FROM campaign AS c WHERE c.id = $1
        AND (c.kind, c.name, c.area_id, c.begins, c.ends, c.named, c.created_by)
          IS NOT DISTINCT FROM ($2, $3, $4, $5, $6, $7 IS NOT NULL, account_id())
    ) OR $7 IS NOT NULL AND NOT (kept @> $7 AND kept <@ $7) THEN
      RAISE EXCEPTION 'campaign_exists' USING ERRCODE = 'WG409';
    END IF;
    RETURN QUERY SELECT cardinality(kept), true;
    RETURN;
  END IF;
  INSERT INTO campaign_target (campaign_id, building_id, area_id, households)
  SELECT $1, b.id, b.grid_id, coalesce(p.households, 0)
  FROM building AS b JOIN area AS g ON g.id = b.grid_id LEFT JOIN building_people AS p ON p.building_id = b.id
  WHERE g.path && ARRAY[$4] AND CASE WHEN $7 IS NULL THEN b.inhabited AND p.households > 0 ELSE b.code = ANY($7) END;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN QUERY SELECT made, false;
END $$
"""
# One visit to one door. The same id again changes nothing; another visit under it is refused.
VISIT = f"""
CREATE FUNCTION wangge.visit_door(id uuid, campaign uuid, building int, door text, result text, at timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  was campaign_visit;
BEGIN
  IF NOT EXISTS (SELECT FROM campaign_target AS t WHERE t.campaign_id = $2 AND t.building_id = $3
    AND (works_in(t.area_id) OR covers('campaigns.manage', t.area_id))) THEN
    RAISE EXCEPTION 'no_such_target' USING ERRCODE = 'WG409';
  END IF;
  INSERT INTO campaign_visit (id, campaign_id, building_id, door, result, visited_at, account_id)
  VALUES ($1, $2, $3, $4, $5, $6, account_id()) ON CONFLICT (id) DO NOTHING;
  IF FOUND THEN
    RETURN true;
  END IF;
  SELECT * INTO was FROM campaign_visit AS v WHERE v.id = $1;
  IF (was.campaign_id, was.building_id, was.door, was.result, was.visited_at, was.account_id)
    IS DISTINCT FROM ($2, $3, $4, $5, $6, account_id()) THEN
    RAISE EXCEPTION 'idempotency_conflict' USING ERRCODE = 'WG409';
  END IF;
  RETURN false;
END $$
"""
NOTE = f"""
CREATE FUNCTION wangge.note_problem(id uuid, campaign uuid, building int, area int, note text, event uuid, at timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  was campaign_problem;
BEGIN
  IF NOT (works_in($4) OR covers('campaigns.manage', $4)) OR NOT EXISTS (
    SELECT FROM campaign AS c JOIN area AS a ON a.id = $4 WHERE c.id = $2 AND c.area_id = ANY(a.path)) THEN
    RAISE EXCEPTION 'no_such_target' USING ERRCODE = 'WG409';
  END IF;
  INSERT INTO campaign_problem (id, campaign_id, building_id, area_id, note, event_id, registered_at, account_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, account_id()) ON CONFLICT (id) DO NOTHING;
  IF FOUND THEN
    RETURN true;
  END IF;
  SELECT * INTO was FROM campaign_problem AS p WHERE p.id = $1;
  IF (was.campaign_id, was.building_id, was.area_id, was.note, was.event_id, was.registered_at, was.account_id)
    IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, account_id()) THEN
    RAISE EXCEPTION 'idempotency_conflict' USING ERRCODE = 'WG409';
  END IF;
  RETURN false;
END $$
"""
# A problem is solved when it is said to be, or when the event it became is closed.
SOLVE = f"""
CREATE FUNCTION wangge.solve_problem(problem uuid, at timestamptz) RETURNS boolean LANGUAGE sql VOLATILE {OWNER} AS $$
  WITH done AS (
    UPDATE campaign_problem AS p SET solved_at = $2
    WHERE p.id = $1 AND p.solved_at IS NULL AND $2 >= p.registered_at
      AND (covers('events.self_handle', p.area_id) OR covers('campaigns.manage', p.area_id)) RETURNING 1
  ) SELECT EXISTS (SELECT FROM done)
$$
"""
# A campaign at a moment, with nothing that happened after it, by grid, as far as the asker answers for them. Doors
# somebody was met at count as visited, once each; households are told to whom counts of people are.
TOLD = f"""
CREATE FUNCTION wangge.campaign_figures(campaign uuid, as_of timestamptz)
RETURNS TABLE (area_id int, buildings bigint, households bigint, met bigint, absent bigint, refused bigint,
  problems bigint, solved bigint, ages int[]) LANGUAGE sql STABLE {OWNER} AS $$
  WITH doors AS (
    SELECT v.building_id, v.door, bool_or(v.result = 'met') AS met,
      (array_agg(v.result ORDER BY v.visited_at DESC, v.id DESC))[1] AS last
    FROM campaign_visit AS v WHERE v.campaign_id = $1 AND v.visited_at <= $2 GROUP BY 1, 2
  ), knocked AS (
    SELECT t.area_id, count(*) FILTER (WHERE d.met) AS met,
      count(*) FILTER (WHERE NOT d.met AND d.last = 'absent') AS absent,
      count(*) FILTER (WHERE NOT d.met AND d.last = 'refused') AS refused
    FROM doors AS d JOIN campaign_target AS t ON t.campaign_id = $1 AND t.building_id = d.building_id GROUP BY 1
  ), aimed AS (
    SELECT t.area_id, count(*) AS buildings, sum(t.households)::bigint AS households
    FROM campaign_target AS t WHERE t.campaign_id = $1 GROUP BY 1
  ), noted AS (
    SELECT p.area_id, p.registered_at,
      coalesce(least(p.solved_at, CASE WHEN e.status = 'closed' THEN e.closed_at END) <= $2, false) AS solved
    FROM campaign_problem AS p LEFT JOIN event AS e ON e.id = p.event_id
    WHERE p.campaign_id = $1 AND p.registered_at <= $2
  ), counted AS (
    SELECT n.area_id, count(*) AS problems, count(*) FILTER (WHERE n.solved) AS solved,
      coalesce(array_agg(floor(extract(epoch FROM $2 - n.registered_at) / 86400)::int)
        FILTER (WHERE NOT n.solved), '{{}}') AS ages
    FROM noted AS n GROUP BY 1
  )
  SELECT coalesce(a.area_id, c.area_id), coalesce(a.buildings, 0),
    CASE WHEN coalesce(current_setting('wangge.maintenance', true) = 'on', false)
      OR covers('people.read', coalesce(a.area_id, c.area_id)) THEN coalesce(a.households, 0) END,
    coalesce(k.met, 0), coalesce(k.absent, 0), coalesce(k.refused, 0), coalesce(c.problems, 0), coalesce(c.solved, 0),
    coalesce(c.ages, '{{}}')
  FROM aimed AS a FULL JOIN counted AS c ON c.area_id = a.area_id LEFT JOIN knocked AS k ON k.area_id = a.area_id
  WHERE coalesce(current_setting('wangge.maintenance', true) = 'on', false)
    OR works_in(coalesce(a.area_id, c.area_id))
    OR covers('campaigns.manage', coalesce(a.area_id, c.area_id)) OR covers('kpi.read', coalesce(a.area_id, c.area_id))
$$
"""
FUNCTIONS = (
    "campaign_figures(uuid, timestamptz)",
    "solve_problem(uuid, timestamptz)",
    "note_problem(uuid, uuid, int, int, text, uuid, timestamptz)",
    "visit_door(uuid, uuid, int, text, text, timestamptz)",
    "open_campaign(uuid, text, text, int, date, date, text[])",
    "sees_campaign(int)",
    "works_in(int)",
)
# Targets are read where one works, or for which one answers, and problems as well, which may be of any category: not by
# roles bounded to some. Who noted what is told to nobody.
ANSWERS = "wangge.covers('campaigns.manage', area_id) OR wangge.covers('kpi.read', area_id)"
GRANTS = {
    "campaign": "SELECT (id, kind, name, area_id, begins, ends, created_at)",
    "campaign_target": "SELECT (campaign_id, building_id, area_id)",
    "campaign_problem": "SELECT (id, campaign_id, building_id, area_id, note, event_id, registered_at, solved_at)",
}
POLICIES = {
    "campaign": "wangge.sees_campaign(area_id)",
    "campaign_target": f"wangge.works_in(area_id) OR {ANSWERS}",
    "campaign_problem": f"wangge.covers('events.self_handle', area_id) OR {ANSWERS}",
}
AUDITED = """
CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()
"""


def _key(column: str, table: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"wangge.{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"))


def _campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("named", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.CheckConstraint("kind IN ('door_knocking', 'check', 'clean_up', 'other')", name=op.f("ck_campaign_kind")),
        sa.CheckConstraint("begins <= ends", name=op.f("ck_campaign_period")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_campaign_name")),
        _key("area_id", "campaign", "area"),
        _key("created_by", "campaign", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        schema="wangge",
    )  # fmt: skip
    op.create_index("ix_campaign_area_id", "campaign", ["area_id"], schema="wangge")
    op.create_table(
        "campaign_target",
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.CheckConstraint("households >= 0", name=op.f("ck_campaign_target_households")),
        _key("campaign_id", "campaign_target", "campaign"),
        _key("building_id", "campaign_target", "building"),
        _key("area_id", "campaign_target", "area"),
        sa.PrimaryKeyConstraint("campaign_id", "building_id", name=op.f("pk_campaign_target")),
        schema="wangge",
    )


def _visit() -> None:
    op.create_table(
        "campaign_visit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(length=12), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False),
        sa.Column("visited_at", TIME, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("result IN ('met', 'absent', 'refused')", name=op.f("ck_campaign_visit_result")),
        sa.CheckConstraint("door ~ '^[0-9A-Z-]{1,12}$'", name=op.f("ck_campaign_visit_door")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "building_id"],
            ["wangge.campaign_target.campaign_id", "wangge.campaign_target.building_id"],
            name=op.f("fk_campaign_visit_campaign_id_campaign_target"),
        ),
        _key("account_id", "campaign_visit", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_visit")),
        schema="wangge",
    )
    op.create_index("ix_campaign_visit_campaign_id", "campaign_visit", ["campaign_id"], schema="wangge")


def _problem() -> None:
    op.create_table(
        "campaign_problem",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("registered_at", TIME, nullable=False),
        sa.Column("solved_at", TIME, nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("solved_at >= registered_at", name=op.f("ck_campaign_problem_solved")),
        _key("campaign_id", "campaign_problem", "campaign"),
        _key("building_id", "campaign_problem", "building"),
        _key("area_id", "campaign_problem", "area"),
        _key("event_id", "campaign_problem", "event"),
        _key("account_id", "campaign_problem", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_problem")),
        schema="wangge",
    )
    op.create_index("ix_campaign_problem_campaign_id", "campaign_problem", ["campaign_id"], schema="wangge")


def upgrade() -> None:
    _campaign()
    _visit()
    _problem()
    for statement in (WORKS, SEES, OPEN, VISIT, NOTE, SOLVE, TOLD):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")
    for table in TABLES:
        op.execute(AUDITED.format(table=table))
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS})"
            f" WITH CHECK ({MAINTAINS})"
        )
    for table, columns in GRANTS.items():
        op.execute(f"GRANT {columns} ON wangge.{table} TO {API}")
        op.execute(
            f"CREATE POLICY {table}_read ON wangge.{table} FOR SELECT TO {API} USING ({POLICIES[table]})"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE wangge.{table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{function}")
