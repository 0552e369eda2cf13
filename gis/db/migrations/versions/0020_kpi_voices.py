"""What reporters say, as measures: rounds that closed, ratings and call-backs, each counted when it is given."""

from __future__ import annotations

from alembic import op

revision = "0020a"
down_revision = "0019"
branch_labels = None
depends_on = None

OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
LOCAL_DAY = """
CREATE FUNCTION wangge.kpi_day(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT cast(at AT TIME ZONE 'Asia/Shanghai' AS date)
$$
"""
# Which measures of gis.events.kpi.measures.Voice one rating, and one call that was made, count under.
OF_RATING = """
CREATE FUNCTION wangge.kpi_rating_measures(solved text, satisfied boolean) RETURNS smallint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '{31}'::smallint[] || CASE WHEN satisfied THEN '{32}'::smallint[] END
    || CASE WHEN solved IS NOT NULL THEN '{33}'::smallint[] END || CASE WHEN solved = 'yes' THEN '{34}'::smallint[] END
$$
"""
OF_CALL = """
CREATE FUNCTION wangge.kpi_call_measures(reached boolean, answered boolean, solved text, satisfied boolean)
RETURNS smallint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '{35}'::smallint[] || CASE WHEN reached THEN '{36}'::smallint[] END
    || CASE WHEN answered IS NOT NULL THEN '{37}'::smallint[] END || CASE WHEN answered THEN '{38}'::smallint[] END
    || CASE WHEN satisfied IS NOT NULL THEN '{39}'::smallint[] END || CASE WHEN satisfied THEN '{40}'::smallint[] END
    || CASE WHEN solved IS NOT NULL THEN '{41}'::smallint[] END || CASE WHEN solved = 'yes' THEN '{42}'::smallint[] END
$$
"""
# All that is said of an event: a rating on the day its round ended, a call on the day it was made.
VOICES = """
CREATE FUNCTION wangge.kpi_voices(event uuid) RETURNS TABLE (day date, measure smallint, department_id int)
LANGUAGE sql STABLE AS $$
  SELECT wangge.kpi_day(r.ended_at), 30::smallint, coalesce(r.department_id, 0)
  FROM wangge.event_round AS r WHERE r.event_id = $1 AND r.ended_as = 'closed'
  UNION ALL
  SELECT wangge.kpi_day(r.ended_at), m.measure, coalesce(r.department_id, 0)
  FROM wangge.event_rating AS g
  JOIN wangge.event_round AS r ON r.event_id = g.event_id AND r.round = g.round
  JOIN wangge.rating_scale AS s ON s.score = g.score
  CROSS JOIN unnest(wangge.kpi_rating_measures(g.solved, s.satisfied)) AS m (measure)
  WHERE g.event_id = $1
  UNION ALL
  SELECT wangge.kpi_day(c.done_at), m.measure, coalesce(e.department_id, 0)
  FROM wangge.call_back AS c
  JOIN wangge.event AS e ON e.id = c.event_id
  CROSS JOIN unnest(wangge.kpi_call_measures(c.reached, c.answered, c.solved, c.satisfied)) AS m (measure)
  WHERE c.event_id = $1 AND c.done_at IS NOT NULL
$$
"""
# The tables of what was said only grow, and a call is made once: each row counts when it comes.
COUNTED = f"""
CREATE FUNCTION wangge.kpi_of_voice() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  day date;
  unit int;
  measures smallint[];
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'event_round' THEN
      day := kpi_day(NEW.ended_at);
      unit := NEW.department_id;
      measures := '{{30}}';
    WHEN 'event_rating' THEN
      SELECT kpi_day(r.ended_at), r.department_id, kpi_rating_measures(NEW.solved, s.satisfied)
      INTO day, unit, measures
      FROM event_round AS r, rating_scale AS s
      WHERE r.event_id = NEW.event_id AND r.round = NEW.round AND s.score = NEW.score;
    ELSE
      day := kpi_day(NEW.done_at);
      unit := (SELECT e.department_id FROM event AS e WHERE e.id = NEW.event_id);
      measures := kpi_call_measures(NEW.reached, NEW.answered, NEW.solved, NEW.satisfied);
  END CASE;
  INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)
  SELECT day, m.measure, e.scope_area_id, coalesce(unit, 0), e.category_id, 1
  FROM event AS e CROSS JOIN unnest(measures) AS m (measure) WHERE e.id = NEW.event_id;
  RETURN NULL;
END $$
"""
TRIGGERS = {
    "kpi_of_round": ("event_round", "INSERT", "NEW.ended_as = 'closed'"),
    "kpi_of_rating": ("event_rating", "INSERT", "true"),
    "kpi_of_new_call": ("call_back", "INSERT", "NEW.done_at IS NOT NULL"),
    "kpi_of_call": ("call_back", "UPDATE", "NEW.done_at IS NOT NULL AND OLD.done_at IS NULL"),
}
FUNCTIONS = (
    "kpi_of_voice()",
    "kpi_voices(uuid)",
    "kpi_call_measures(boolean, boolean, text, boolean)",
    "kpi_rating_measures(text, boolean)",
    "kpi_day(timestamptz)",
)


def upgrade() -> None:
    for statement in (LOCAL_DAY, OF_RATING, OF_CALL, VOICES, COUNTED):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    for name, (table, verb, when) in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} AFTER {verb} ON wangge.{table} FOR EACH ROW WHEN ({when})"
            " EXECUTE FUNCTION wangge.kpi_of_voice()"
        )


def downgrade() -> None:
    for name, (table, _, _) in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON wangge.{table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{function}")
