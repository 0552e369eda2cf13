"""When areas are divided anew, the sums of those above them follow: numbers are of the tree as it is now."""

from __future__ import annotations

from alembic import op

revision = "0020d"
down_revision = "0020b"
branch_labels = None
depends_on = None

OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"

# An area that comes below another takes what was counted in it along, as its events do (revision 0004): the sums of
# whom it left lose it, those of whom it joined gain it. What is counted in an area itself are the days of its cubes 2
# and 3; by the category they add up to all. What is not folded yet is looked up in the tree when it is asked for.
REDIVIDED = f"""
CREATE FUNCTION wangge.kpi_redivided() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM later AS n JOIN earlier AS o ON o.id = n.id WHERE n.path <> o.path) THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('wangge.kpi_fold', 0));
  INSERT INTO kpi_cell AS x (grain, cube, area_id, day, measure, department_id, category_id, n)
  SELECT g.grain, g.cube, m.up, CASE g.grain WHEN 'M' THEN date_trunc('month', c.day)::date ELSE c.day END, c.measure,
    CASE g.cube WHEN 2 THEN c.department_id ELSE 0 END, CASE g.cube WHEN 3 THEN c.category_id ELSE 0 END,
    sum(c.n * m.sign)
  FROM (
    SELECT n.id, up.id AS up, 1 AS sign FROM later AS n JOIN earlier AS o ON o.id = n.id, unnest(n.path) AS up (id)
    WHERE up.id <> ALL (o.path || n.id)
    UNION ALL
    SELECT o.id, up.id, -1 FROM earlier AS o JOIN later AS n ON n.id = o.id, unnest(o.path) AS up (id)
    WHERE up.id <> ALL (n.path || o.id)
  ) AS m
  JOIN kpi_cell AS c ON c.grain = 'D' AND c.cube IN (2, 3) AND c.area_id = m.id
  JOIN (VALUES (2, 'M', 2), (3, 'M', 3), (3, 'M', 1), (3, 'D', 1)) AS g (source, grain, cube) ON g.source = c.cube
  GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(c.n * m.sign) <> 0
  ON CONFLICT (grain, cube, area_id, day, measure, department_id, category_id) DO UPDATE SET n = x.n + excluded.n;
  RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER kpi_redivided AFTER UPDATE ON wangge.area REFERENCING OLD TABLE AS earlier NEW TABLE AS later
FOR EACH STATEMENT EXECUTE FUNCTION wangge.kpi_redivided()
"""


def upgrade() -> None:
    op.execute(REDIVIDED)
    op.execute("REVOKE ALL ON FUNCTION wangge.kpi_redivided() FROM PUBLIC")
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER kpi_redivided ON wangge.area")
    op.execute("DROP FUNCTION wangge.kpi_redivided()")
